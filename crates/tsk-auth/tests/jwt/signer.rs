//! Tokens of our own.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tsk_auth::jwt::{Algorithm, Grant, Issuer, Key, Keys, Refusal, Signer, SigningKey, Verifier};

use crate::forge::*;

fn keys() -> Vec<SigningKey> {
    let pem = |name: &str, algorithm| SigningKey::pem(&file(name), algorithm).unwrap();
    let mut keys = vec![
        pem("p256.pem", Algorithm::Es256),
        pem("p384.pem", Algorithm::Es384),
        pem("ed25519.pem", Algorithm::EdDsa),
    ];
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
    ] {
        keys.push(pem("rsa.pem", algorithm));
    }
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        keys.push(SigningKey::secret(&[7; 64], algorithm).unwrap());
    }
    keys
}

fn signer(key: SigningKey) -> Signer {
    Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap()
}

fn believing(keys: Keys) -> Verifier<Value> {
    Verifier::new(Issuer::new(ISSUER, keys).audience(AUDIENCE)).unwrap()
}

fn grant() -> Grant {
    Grant::new("ada", AUDIENCE)
}

#[test]
fn what_every_key_signs_is_verified_by_what_is_published_of_it() {
    for key in keys() {
        let algorithm = key.key().algorithm();
        let signer = signer(key);
        let token = signer
            .issue(&grant().scope("a b").client("app"), &json!({ "department": "sales" }), at(NOW))
            .unwrap();
        let published = signer.jwks(at(NOW));
        let keys = match &published["keys"].as_array().unwrap()[..] {
            // A secret is not published.
            [] => Keys::from(&signer),
            [jwk] => {
                assert!(["d", "p", "q", "k"].iter().all(|private| jwk.get(private).is_none()), "{jwk}");
                Keys::fixed([Key::jwk(jwk.to_string().as_bytes()).unwrap()]).unwrap()
            }
            _ => panic!("{published}"),
        };
        let verified =
            believing(keys).check(&token, at(NOW)).unwrap_or_else(|refused| panic!("{algorithm}: {refused}"));
        let claims = verified.claims();
        assert!(claims.has_scope("a") && claims.has_scope("b"));
        assert_eq!(
            (claims.issuer(), claims.client(), claims.issued()),
            (Some(ISSUER), Some("app"), Some(at(NOW)))
        );
        assert_eq!((claims.expires(), &claims.own()["department"]), (Some(at(NOW + 600)), &json!("sales")));
        assert!(claims.id().is_some_and(|id| id.len() == 22));
    }
}

#[test]
fn a_key_has_the_same_name_wherever_it_is() {
    let key = SigningKey::pem(&file("p256.pem"), Algorithm::Es256).unwrap();
    assert_eq!(key.id(), SigningKey::pem(&file("p256.pem"), Algorithm::Es256).unwrap().id());
    // The example of RFC 7638 §3.1 is of RSA: the form of ours is the same.
    assert_eq!(key.id().map(str::len), Some(43));
    let made = SigningKey::new_pem(Algorithm::EdDsa).unwrap();
    let read = SigningKey::pem(made.as_bytes(), Algorithm::EdDsa).unwrap();
    assert_eq!(SigningKey::pem(made.as_bytes(), Algorithm::EdDsa).unwrap().id(), read.id());
    for (pem, algorithm) in [
        (file("p256.pem"), Algorithm::Es384),
        (file("p256.pem"), Algorithm::Rs256),
        (file("p256.pem"), Algorithm::Hs256),
        (file("p256.pub.pem"), Algorithm::Es256),
        (file("rsa.pem"), Algorithm::EdDsa),
        (b"secret".to_vec(), Algorithm::EdDsa),
    ] {
        assert!(SigningKey::pem(&pem, algorithm).is_err(), "{algorithm}");
    }
    assert!(SigningKey::generate(Algorithm::Rs256).is_err());
}

#[test]
fn a_key_is_announced_then_signs_then_is_retired() {
    let new = || SigningKey::generate(Algorithm::EdDsa).unwrap();
    let first = new();
    let (first_id, signer) = (first.id().unwrap().to_owned(), signer(first));
    let published = |now| signer.jwks(at(now))["keys"].as_array().unwrap().len();
    let verifier = believing(Keys::from(&signer));
    assert!(signer.rotate(at(NOW)).is_err());
    let second = new();
    let second_id = second.id().unwrap().to_owned();
    signer.announce(second.clone()).unwrap();
    assert!(signer.announce(second).is_err());
    assert_eq!((published(NOW), signer.active().as_deref()), (2, Some(&*first_id)));
    let old = signer.issue(&grant(), &(), at(NOW)).unwrap();
    signer.rotate(at(NOW)).unwrap();
    assert_eq!((published(NOW), signer.active().as_deref()), (2, Some(&*second_id)));
    assert!(verifier.check(&old, at(NOW + 629)).is_ok());
    // After the last of its tokens, and what clocks may differ, it is gone.
    assert_eq!((published(NOW + 899), published(NOW + 900)), (2, 1));
    // The one that signs cannot be revoked.
    assert!(!signer.revoke(&second_id) && signer.revoke(&first_id));
    assert_eq!(published(NOW), 1);
    for round in 0..20 {
        signer.announce(new()).unwrap();
        signer.rotate(at(NOW + round)).unwrap();
    }
    assert_eq!(published(NOW), 9);
}

#[test]
fn what_is_published_is_a_set_for_a_while() {
    let answer = signer(SigningKey::generate(Algorithm::Es256).unwrap()).answer(at(NOW));
    assert_eq!(answer.headers()["content-type"], "application/jwk-set+json");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
}

#[derive(Serialize)]
struct Fails {
    iss: &'static str,
}

#[test]
fn claims_that_are_set_are_not_set_again() {
    let signer = signer(SigningKey::generate(Algorithm::Es256).unwrap());
    let issue = |further: &Value| signer.issue(&grant().scope("a"), further, at(NOW));
    for further in [
        json!({ "sub": "root" }),
        json!({ "exp": 1 }),
        json!({ "scope": "b" }),
        json!({ "scp": "b" }),
        json!({ "nbf": 1 }),
        json!([]),
        json!("a"),
        json!(7),
    ] {
        assert!(issue(&further).is_err(), "{further}");
    }
    assert!(signer.issue(&grant(), &Fails { iss: "me" }, at(NOW)).is_err());
    assert!(issue(&Value::Null).is_ok() && issue(&json!({})).is_ok());
    for lifetime in [Duration::ZERO, Duration::from_secs(601)] {
        assert!(signer.issue(&grant().lifetime(lifetime), &(), at(NOW)).is_err());
    }
}

#[test]
fn a_token_of_the_service_itself_is_no_other_than_those_of_others() {
    let signer = signer(SigningKey::generate(Algorithm::Es256).unwrap());
    let verifier = believing(Keys::from(&signer));
    let token = signer.issue(&Grant::new("ada", "bank"), &(), at(NOW)).unwrap();
    assert_eq!(verifier.check(&token, at(NOW)).err(), Some(Refusal::Audience));
    let token = signer.issue(&grant().lifetime(Duration::from_secs(1)), &(), at(NOW)).unwrap();
    assert_eq!(verifier.check(&token, at(NOW + 31)).err(), Some(Refusal::Expired));
}
