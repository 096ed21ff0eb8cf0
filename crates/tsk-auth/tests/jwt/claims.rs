//! What a token has to say.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Refusal, Verifier};
use tsk_core::{Principal, principal::Kind};

use crate::forge::*;

#[test]
fn it_says_by_whom_for_whom_about_whom_and_how_long() {
    for (name, refusal) in [
        ("iss", Refusal::Issuer),
        ("aud", Refusal::Audience),
        ("sub", Refusal::Subject),
        ("exp", Refusal::Endless),
    ] {
        assert_eq!(verdict(&of_secret(), &signed(&with(name, Value::Null))), Err(refusal), "{name}");
    }
    assert_eq!(verdict(&of_secret(), &signed(&with("sub", json!("")))), Err(Refusal::Subject));
    for name in ["iat", "nbf", "jti"] {
        assert_eq!(verdict(&of_secret(), &signed(&with(name, Value::Null))), Ok(()), "{name}");
    }
}

#[test]
fn its_times_are_kept_but_for_what_clocks_differ() {
    let strict: Verifier = Verifier::new(issuer([secret()]).skew(Duration::ZERO)).unwrap();
    for (name, time, skewed, exact) in [
        ("exp", NOW + 1, Ok(()), Ok(())),
        ("exp", NOW, Ok(()), Err(Refusal::Expired)),
        ("exp", NOW - 29, Ok(()), Err(Refusal::Expired)),
        ("exp", NOW - 30, Err(Refusal::Expired), Err(Refusal::Expired)),
        ("exp", 0, Err(Refusal::Expired), Err(Refusal::Expired)),
        ("nbf", NOW, Ok(()), Ok(())),
        ("nbf", NOW + 30, Ok(()), Err(Refusal::Early)),
        ("nbf", NOW + 31, Err(Refusal::Early), Err(Refusal::Early)),
        ("iat", NOW, Ok(()), Ok(())),
        ("iat", NOW + 30, Ok(()), Err(Refusal::Age)),
        ("iat", NOW + 31, Err(Refusal::Age), Err(Refusal::Age)),
    ] {
        let token = signed(&with(name, json!(time)));
        assert_eq!(verdict(&of_secret(), &token), skewed, "{name} {time}");
        assert_eq!(verdict(&strict, &token), exact, "{name} {time}");
    }
    for text in [
        "\"1900000000\"",
        "null",
        "[]",
        "1e300",
        "1e999",
        "-1",
        "18446744073709551616",
        "true",
        "{}",
        "NaN",
        "Infinity",
    ] {
        let payload = good().to_string().replace(&(NOW + 600).to_string(), text);
        let refused =
            verdict(&of_secret(), &token(r#"{"alg":"HS256"}"#, &payload, hmac(&SECRET))).unwrap_err();
        assert!(matches!(refused, Refusal::Payload | Refusal::Expired), "{text}: {refused}");
    }
    assert_eq!(verdict(&strict, &signed(&with("exp", json!(NOW as f64 + 1.5)))), Ok(()));
}

#[test]
fn it_may_be_too_old_whatever_it_says() {
    let young: Verifier = Verifier::new(issuer([secret()]).max_age(Duration::from_secs(60))).unwrap();
    for (issued, expected) in [
        (json!(NOW), Ok(())),
        (json!(NOW - 89), Ok(())),
        (json!(NOW - 90), Err(Refusal::Age)),
        (Value::Null, Err(Refusal::Age)),
    ] {
        assert_eq!(verdict(&young, &signed(&with("iat", issued.clone()))), expected, "{issued}");
    }
    // What is remembered becomes too old as well.
    let token = signed(&good());
    assert!(young.check(&token, at(NOW + 89)).is_ok());
    assert_eq!(young.check(&token, at(NOW + 90)).err(), Some(Refusal::Age));
}

#[test]
fn less_is_asked_for_only_where_that_is_said() {
    let lax: Verifier =
        Verifier::new(Issuer::unnamed(Keys::fixed([secret()]).unwrap()).any_audience().without_expiry())
            .unwrap();
    assert_eq!(verdict(&lax, &signed(&json!({ "sub": "ada" }))), Ok(()));
    assert_eq!(verdict(&lax, &signed(&json!({ "sub": "ada", "exp": 1 }))), Err(Refusal::Expired));
    assert_eq!(verdict(&lax, &signed(&json!({ "sub": "ada", "aud": 1 }))), Err(Refusal::Payload));
    let verified = lax.check(&signed(&json!({ "sub": "ada" })), at(NOW)).unwrap();
    assert_eq!(verified.principal().expiry(), None);
}

#[test]
fn settings_that_let_too_many_in_stop_the_start() {
    let keys = || Keys::fixed([secret()]).unwrap();
    let of = |issuer: Issuer| <Verifier>::new(issuer).err().map(|error| error.to_string());
    for (issuer, said) in [
        (Issuer::new(ISSUER, keys()), "name the `audience`"),
        (Issuer::new(ISSUER, keys()).audience("a").any_audience(), "name the `audience`"),
        (Issuer::new(ISSUER, keys()).audience(""), "is empty"),
        (Issuer::new("", keys()).audience("a"), "no name of an issuer"),
        (Issuer::new("a b", keys()).audience("a"), "no name of an issuer"),
        (Issuer::new(ISSUER, keys()).audience("a").skew(Duration::from_secs(301)), "set the clocks"),
    ] {
        let error = of(issuer).unwrap();
        assert!(error.contains(said), "{error}");
    }
    let named = || Issuer::new(ISSUER, keys()).audience("a");
    for builder in [
        <Verifier>::builder(),
        Verifier::builder().issuer(named()).issuer(named()),
        Verifier::builder().issuer(named()).issuer(Issuer::unnamed(keys()).audience("a")),
        Verifier::builder().issuer(named()).max_length(0),
        Verifier::builder().issuer(named()).max_length(64 * 1024 + 1),
    ] {
        assert!(builder.build().is_err());
    }
}

#[derive(Debug, Deserialize)]
struct Staff {
    department: String,
    #[serde(default)]
    roles: Vec<String>,
}

#[test]
fn an_application_reads_claims_of_its_own() {
    let verifier: Verifier<Staff> = Verifier::new(issuer([secret()])).unwrap();
    let mut claims = with("department", json!("sales"));
    claims["roles"] = json!(["lead"]);
    let verified = verifier.check(&signed(&claims), at(NOW)).unwrap();
    let staff = verified.claims().own();
    assert_eq!((&*staff.department, &staff.roles[..]), ("sales", &["lead".to_owned()][..]));
    for department in [Value::Null, json!(7)] {
        let token = signed(&with("department", department));
        assert_eq!(verifier.check(&token, at(NOW)).err(), Some(Refusal::Claims));
    }
}

#[test]
fn a_caller_is_a_person_or_a_service_until_the_token_ends() {
    let verified = of_secret().check(&signed(&good()), at(NOW)).unwrap();
    assert_eq!(**verified.principal(), Principal::new("ada", Kind::User).expires(at(NOW + 600)));
    let verified = of_secret().check(&signed(&with("client_id", json!("ada"))), at(NOW)).unwrap();
    assert_eq!(verified.principal().kind(), Kind::Service);
    let own: Verifier = Verifier::builder()
        .issuer(issuer([secret()]))
        .identify(|claims| Principal::new(claims.id().unwrap_or("nobody"), Kind::User).tier("gold"))
        .build()
        .unwrap();
    let verified = own.check(&signed(&with("jti", json!("7"))), at(NOW)).unwrap();
    assert_eq!((verified.principal().id(), verified.principal().tier_name()), ("7", Some("gold")));
}

#[test]
fn keys_without_a_name_are_tried_a_few_at_most() {
    let keys = |count: u8| (0..count).map(|byte| Key::secret(&[byte; 32], Algorithm::Hs256).unwrap());
    let verifier = verifier(keys(4));
    for byte in 0..4 {
        let token = token(r#"{"alg":"HS256","kid":"any"}"#, &good().to_string(), hmac(&[byte; 32]));
        assert_eq!(verdict(&verifier, &token), Ok(()));
    }
    assert_eq!(verdict(&verifier, &signed(&good())), Err(Refusal::Signature));
    assert!(Keys::fixed(keys(5)).is_err());
}
