#![allow(clippy::unwrap_used)]

use serde::de::IgnoredAny;
use serde_json::json;

use super::*;

const NOW: u64 = 1_000_000;

fn rules() -> Rules {
    Rules {
        issuer: Some("https://id.example.com".into()),
        audience: ["shop".into(), "api".into()].into(),
        skew: Duration::from_secs(30),
    }
}

/// What is said of a good token, with these members in the place of its own.
fn verdict(changed: serde_json::Value) -> Result<Duration, Refusal> {
    let mut answer = json!({
        "active": true, "iss": "https://id.example.com", "aud": ["other", "shop"], "sub": "ada", "client_id": "app",
        "scope": "read write", "token_type": "bearer", "token_use": "access_token", "exp": NOW + 50, "nbf": NOW, "iat": NOW,
        "further": { "members": [1, 2] },
    });
    answer.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    let text = answer.to_string();
    let answer = Answer::read(text.as_bytes()).unwrap_or_else(|failure| panic!("{failure}: {text}"));
    answer.judge::<IgnoredAny>(text.as_bytes(), &rules(), time(NOW)).map(|judged| judged.remains)
}

#[test]
fn a_good_token_is_for_this_service_and_within_its_time() {
    let good = Ok(Duration::from_secs(50));
    for changed in [
        json!({}),
        json!({ "aud": "api" }),
        json!({ "nbf": NOW + 30 }),
        json!({ "token_type": null, "token_use": null, "nbf": null, "iat": null, "scope": null }),
        json!({ "sub": null }),
        json!({ "client_id": null }),
    ] {
        assert_eq!(verdict(changed.clone()), good, "{changed}");
    }
    assert_eq!(verdict(json!({ "exp": null })), Ok(Duration::MAX));
    assert_eq!(verdict(json!({ "exp": NOW + 1 })), Ok(Duration::from_secs(1)));
    for (changed, refusal) in [
        (json!({ "active": false }), Refusal::Inactive),
        (json!({ "exp": NOW }), Refusal::Expired),
        (json!({ "exp": 0 }), Refusal::Expired),
        (json!({ "exp": -5 }), Refusal::Expired),
        (json!({ "nbf": NOW + 31 }), Refusal::Early),
        (json!({ "iss": "https://id.example.com/" }), Refusal::Issuer),
        (json!({ "iss": null }), Refusal::Issuer),
        (json!({ "aud": "shop2" }), Refusal::Audience),
        (json!({ "aud": [] }), Refusal::Audience),
        (json!({ "aud": null }), Refusal::Audience),
        (json!({ "sub": null, "client_id": null }), Refusal::Subject),
        (json!({ "sub": "" }), Refusal::Subject),
        (json!({ "token_type": "DPoP" }), Refusal::Type),
        (json!({ "token_use": "refresh_token" }), Refusal::Type),
        (json!({ "cnf": { "jkt": "x" } }), Refusal::Bound),
        (json!({ "cnf": null }), Refusal::Bound),
    ] {
        assert_eq!(verdict(changed.clone()), Err(refusal), "{changed}");
    }
}

#[test]
fn what_is_no_answer_is_none() {
    for text in [
        "",
        "true",
        "[]",
        "{}",
        "null",
        "<html>",
        r#"{"active":true"#,
        r#"{"active":true}{}"#,
        r#"{"active":"true"}"#,
        r#"{"active":1}"#,
        r#"{"active":null}"#,
        r#"{"active":true,"active":false}"#,
        r#"{"active":false,"active":true}"#,
        r#"{"active":true,"sub":"ada","sub":"eve"}"#,
        r#"{"active":true,"a":{"b":1,"b":2}}"#,
        r#"{"active":true,"sub":1}"#,
        r#"{"active":true,"sub":["ada"]}"#,
        r#"{"active":true,"exp":"2030"}"#,
        r#"{"active":true,"exp":1e300}"#,
        r#"{"active":true,"exp":true}"#,
        r#"{"active":true,"aud":{}}"#,
        r#"{"active":true,"aud":[null]}"#,
        r#"{"active":true,"scope":{}}"#,
        r#"{"active":true,"scope":[1]}"#,
        r#"{"active":true,"client_id":{}}"#,
        r#"{"active":true,"token_type":[]}"#,
    ] {
        assert!(Answer::read(text.as_bytes()).is_err(), "{text}");
    }
    let deep = format!(r#"{{"active":true,"a":{}{}}}"#, "[".repeat(20), "]".repeat(20));
    let wide = format!(r#"{{"active":true,"aud":[{}"a"]}}"#, r#""a","#.repeat(1000));
    for text in [deep.as_bytes(), wide.as_bytes(), b"{\"active\":true,\"sub\":\"\xff\"}"] {
        assert!(Answer::read(text).is_err());
    }
}

#[test]
fn what_is_said_of_a_bad_token_besides_is_not_looked_at() {
    let text = br#"{"active":false,"sub":"ada","exp":99999999999}"#;
    let verdict = Answer::read(text).unwrap().judge::<IgnoredAny>(text, &rules(), time(NOW));
    assert_eq!(verdict.err(), Some(Refusal::Inactive));
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_it_panic(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Answer::read(&text);
    }
}
