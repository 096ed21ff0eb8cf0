//! What holds for every token.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tsk_auth::jwt::{Algorithm, Verifier};

use crate::forge::*;

static OF_SECRET: LazyLock<Verifier> = LazyLock::new(of_secret);
static OF_EACH: LazyLock<Verifier> = LazyLock::new(|| {
    verifier([
        secret(),
        public("rsa", Algorithm::Rs256),
        public("p256", Algorithm::Es256),
        public("p384", Algorithm::Es384),
        public("ed25519", Algorithm::EdDsa),
    ])
});

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9._=-]{0,40}", ".{0,20}"]
}

/// Values that claims and header parameters may have, the right ones among them.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(vec![
            json!(ISSUER), json!(AUDIENCE), json!([AUDIENCE, "x"]), json!("ada"), json!(NOW), json!(NOW + 600), json!(NOW - 600),
            json!(1e10), json!("HS256"), json!("JWT"), json!(null), json!(["b64"]), json!(true), json!(""), json!([]), json!({}),
        ]),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => text().prop_map(Value::from),
    ]
}

fn object(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map(prop::sample::select(names).prop_map(str::to_owned), value(), 0..5)
        .prop_map(|members| members.into_iter().collect())
}

/// What RFC 7519 and our settings say, told once more, and as plainly as can be.
fn is_to_be_believed(header: &Map<String, Value>, claims: &Map<String, Value>) -> bool {
    let text = |value: Option<&Value>| value.is_none_or(Value::is_string);
    let number = |name: &str| match claims.get(name) {
        None => Some(None),
        Some(value) => value.as_f64().filter(|number| *number < 253_402_300_800.0).map(Some),
    };
    let (Some(exp), Some(nbf), Some(iat)) = (number("exp"), number("nbf"), number("iat")) else {
        return false;
    };
    let is_audience = match claims.get("aud") {
        Some(Value::String(audience)) => audience == AUDIENCE,
        Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.contains(&json!(AUDIENCE)),
        _ => false,
    };
    let texts = |value: Option<&Value>| match value {
        Some(Value::Array(list)) => list.iter().all(Value::is_string),
        value => text(value),
    };
    let kind = header.get("typ").map(|kind| kind.as_str().unwrap_or("-").to_lowercase());
    header.get("alg") == Some(&json!("HS256"))
        && text(header.get("kid"))
        && kind
            .is_none_or(|kind| ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(&&*kind))
        && !["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name))
        && header.get("cty").is_none_or(|kind| {
            kind.as_str().is_some_and(|kind| {
                !kind.eq_ignore_ascii_case("jwt") && !kind.eq_ignore_ascii_case("application/jwt")
            })
        })
        && claims.get("iss") == Some(&json!(ISSUER))
        && is_audience
        && claims.get("sub").and_then(Value::as_str).is_some_and(|subject| !subject.is_empty())
        && text(claims.get("jti"))
        && text(claims.get("client_id"))
        && texts(claims.get("scope"))
        && texts(claims.get("scp"))
        && exp.is_some_and(|exp| exp as u64 + 30 > NOW)
        && nbf.is_none_or(|nbf| nbf as u64 <= NOW + 30)
        && iat.is_none_or(|iat| iat as u64 <= NOW + 30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_whatever_is_believed(token in prop_oneof![".{0,200}", "[A-Za-z0-9_.-]{0,200}", r"[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{1,80}"]) {
        prop_assert!(OF_SECRET.check(&token, at(NOW)).is_err());
    }

    #[test]
    fn a_signed_token_is_believed_for_what_it_says(
        other in object(&["alg", "kid", "typ", "cty", "crit", "b64", "enc", "zip", "jku", "x"]),
        further in object(&["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "client_id", "scope", "scp", "x"]),
    ) {
        let mut header = Map::from_iter([("alg".to_owned(), json!("HS256"))]);
        header.extend(other);
        let mut claims = good().as_object().unwrap().clone();
        claims.extend(further);
        let text = |object: &Map<String, Value>| Value::Object(object.clone()).to_string();
        let token = token(&text(&header), &text(&claims), hmac(&SECRET));
        let verdict = OF_SECRET.check(&token, at(NOW)).map(drop);
        prop_assert_eq!(verdict.is_ok(), is_to_be_believed(&header, &claims), "{:?} {} {}", verdict, text(&header), text(&claims));
    }

    #[test]
    fn no_signature_whatever_is_that_of_a_key(signature in prop::collection::vec(any::<u8>(), 1..300)) {
        for name in ["HS256", "RS256", "ES256", "ES384", "EdDSA"] {
            let token = token(&json!({ "alg": name }).to_string(), &good().to_string(), |_| signature.clone());
            prop_assert!(OF_EACH.check(&token, at(NOW)).is_err());
        }
    }
}
