//! Each threat that RFC 8725 §2 names.

use serde_json::{Value, json};
use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Refusal, Verifier};

use crate::forge::*;

fn of(header: &str) -> Result<(), Refusal> {
    verdict(&of_secret(), &token(header, &good().to_string(), hmac(&SECRET)))
}

#[test]
fn weak_signatures_2_1() {
    // `none`, and HS256 with a public key, are in `confusion`.
    for name in ["HS1", "RS1", "MD5", "HS128", "ES256K", "RSA1_5", "A128KW", "dir"] {
        assert_eq!(of(&format!(r#"{{"alg":"{name}"}}"#)), Err(Refusal::Algorithm), "{name}");
    }
}

#[test]
fn weak_secrets_2_2() {
    for secret in ["", "secret", "password1234567", "0123456789012345678901234567890"] {
        assert!(Key::secret(secret.as_bytes(), Algorithm::Hs256).is_err(), "{secret}");
    }
}

#[test]
fn signatures_within_encryption_2_3() {
    let nested = signed(&good());
    for header in [
        r#"{"alg":"HS256","cty":"JWT"}"#,
        r#"{"alg":"HS256","cty":"jwt"}"#,
        r#"{"alg":"HS256","cty":"application/JWT"}"#,
    ] {
        assert_eq!(verdict(&of_secret(), &token(header, &nested, hmac(&SECRET))), Err(Refusal::Nested));
    }
    // Without the note it is no object.
    assert_eq!(
        verdict(&of_secret(), &token(r#"{"alg":"HS256"}"#, &nested, hmac(&SECRET))),
        Err(Refusal::Payload)
    );
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let encrypted = vectors.iter().find(|vector| vector["source"] == "RFC 7520 6, encrypted").unwrap();
    assert_eq!(verdict(&of_rsa(), encrypted["token"].as_str().unwrap()), Err(Refusal::Encrypted));
    for header in [
        r#"{"alg":"dir","enc":"A128GCM"}"#,
        r#"{"alg":"HS256","enc":"A128GCM"}"#,
        r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}"#,
    ] {
        assert_eq!(of(header), Err(Refusal::Encrypted), "{header}");
    }
}

#[test]
fn lengths_that_tell_of_what_was_compressed_2_4() {
    assert_eq!(of(r#"{"alg":"HS256","zip":"DEF"}"#), Err(Refusal::Encrypted));
}

#[test]
fn points_that_are_on_no_curve_2_5() {
    // ring looks when it verifies: such a key verifies nothing.
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "y": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE" });
    let verifier = verifier([Key::jwk(jwk.to_string().as_bytes()).unwrap()]);
    let token = token(r#"{"alg":"ES256"}"#, &good().to_string(), es256(false));
    assert_eq!(verdict(&verifier, &token), Err(Refusal::Signature));
}

#[test]
fn texts_that_are_not_utf_8_2_6() {
    let payload = good().to_string();
    let wide: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xef, 0xbb, 0xbf], payload.as_bytes()].concat();
    let broken = payload
        .replace("ada", "a\u{1}")
        .into_bytes()
        .iter()
        .map(|byte| if *byte == 1 { 0xff } else { *byte })
        .collect::<Vec<_>>();
    let header = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#);
    for bytes in [wide, marked, broken] {
        let signed = format!("{header}.{}", data_encoding::BASE64URL_NOPAD.encode(&bytes));
        let signature = data_encoding::BASE64URL_NOPAD.encode(&hmac(&SECRET)(signed.as_bytes()));
        assert_eq!(verdict(&of_secret(), &format!("{signed}.{signature}")), Err(Refusal::Payload));
    }
}

#[test]
fn tokens_for_others_and_of_others_2_7() {
    for audience in [
        json!("bank"),
        json!(["bank", "mail"]),
        json!([]),
        json!(""),
        json!("sho"),
        json!("shop "),
        json!("SHOP"),
        json!(null),
    ] {
        assert_eq!(
            verdict(&of_secret(), &signed(&with("aud", audience.clone()))),
            Err(Refusal::Audience),
            "{audience}"
        );
    }
    for issuer in [
        json!("https://id.example.com/"),
        json!("http://id.example.com"),
        json!("HTTPS://ID.EXAMPLE.COM"),
        json!("https://id.example.com.evil.com"),
        json!(""),
        json!(null),
    ] {
        assert_eq!(
            verdict(&of_secret(), &signed(&with("iss", issuer.clone()))),
            Err(Refusal::Issuer),
            "{issuer}"
        );
    }
    assert_eq!(verdict(&of_secret(), &signed(&with("aud", json!(["bank", "shop"])))), Ok(()));
}

/// Two issuers, one of which would speak for the other.
#[test]
fn an_issuer_signs_for_itself_alone_2_7() {
    let other = [8; 32];
    let two = Verifier::builder()
        .issuer(issuer([secret().with_id("a")]))
        .issuer(
            Issuer::new(
                "https://other.example.com",
                Keys::fixed([Key::secret(&other, Algorithm::Hs256).unwrap().with_id("b")]).unwrap(),
            )
            .audience(AUDIENCE),
        )
        .build()
        .unwrap();
    let of = |issuer: &str, kid: &str, secret: &[u8]| {
        let header = json!({ "alg": "HS256", "kid": kid }).to_string();
        verdict(&two, &token(&header, &with("iss", json!(issuer)).to_string(), hmac(secret)))
    };
    let [one_name, other_name] = [ISSUER, "https://other.example.com"];
    assert_eq!(of(one_name, "a", &SECRET), Ok(()));
    assert_eq!(of(other_name, "b", &other), Ok(()));
    assert_eq!(of(one_name, "b", &other), Err(Refusal::UnknownKey));
    assert_eq!(of(one_name, "a", &other), Err(Refusal::Signature));
    assert_eq!(of(other_name, "a", &SECRET), Err(Refusal::UnknownKey));
    // The same subject of both is two callers.
    let id = |issuer: &str, kid: &str, secret: &[u8]| {
        let header = json!({ "alg": "HS256", "kid": kid }).to_string();
        let token = token(&header, &with("iss", json!(issuer)).to_string(), hmac(secret));
        two.check(&token, at(NOW)).unwrap().principal().id().to_owned()
    };
    assert_eq!(id(one_name, "a", &SECRET), "https://id.example.com ada");
    assert_eq!(id(other_name, "b", &other), "https://other.example.com ada");
}

#[test]
fn tokens_of_another_kind_2_8() {
    for kind in [
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "application/logout+jwt",
        "JOSE",
        "JWS",
        "",
        "jwt ",
        "x/jwt",
        "id_token+jwt",
    ] {
        assert_eq!(of(&json!({ "alg": "HS256", "typ": kind }).to_string()), Err(Refusal::Type), "{kind:?}");
    }
    assert_eq!(of(r#"{"alg":"HS256","typ":1}"#), Err(Refusal::Header));
    let strict: Verifier = Verifier::new(issuer([secret()]).kind("at+jwt")).unwrap();
    for (header, expected) in [
        (r#"{"alg":"HS256","typ":"at+jwt"}"#, Ok(())),
        (r#"{"alg":"HS256","typ":"application/AT+JWT"}"#, Ok(())),
        (r#"{"alg":"HS256","typ":"JWT"}"#, Err(Refusal::Type)),
        (r#"{"alg":"HS256"}"#, Err(Refusal::Type)),
    ] {
        assert_eq!(
            verdict(&strict, &token(header, &good().to_string(), hmac(&SECRET))),
            expected,
            "{header}"
        );
    }
}

#[test]
fn what_is_asked_for_by_a_header_is_not_done_2_9() {
    // A verifier has no client: where keys come from is in the settings. See also `confusion`.
    for member in ["jku", "x5u"] {
        let header = json!({ "alg": "HS256", member: "http://169.254.169.254/latest/meta-data" }).to_string();
        assert_eq!(of(&header), Ok(()));
        assert_eq!(
            verdict(&of_secret(), &token(&header, &good().to_string(), hmac(&[1; 32]))),
            Err(Refusal::Signature)
        );
    }
}

#[test]
fn extensions_that_must_be_understood() {
    for (header, refusal) in [
        (r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, Refusal::Critical),
        (
            r#"{"alg":"HS256","crit":["https://example.com/x"],"https://example.com/x":true}"#,
            Refusal::Critical,
        ),
        (r#"{"alg":"HS256","crit":["alg"]}"#, Refusal::Critical),
        (r#"{"alg":"HS256","crit":[]}"#, Refusal::Critical),
        (r#"{"alg":"HS256","crit":"b64","b64":false}"#, Refusal::Critical),
        (r#"{"alg":"HS256","b64":false}"#, Refusal::Unencoded),
        (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, Refusal::Unencoded),
        (r#"{"alg":"HS256","b64":true,"crit":["b64"]}"#, Refusal::Unencoded),
        (r#"{"alg":"HS256","b64":true}"#, Refusal::Unencoded),
    ] {
        assert_eq!(of(header), Err(refusal), "{header}");
    }
    // A payload that is not encoded, signed as such (RFC 7797 §4.2).
    let header = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let signed = format!("{header}.{}", good());
    let signature = data_encoding::BASE64URL_NOPAD.encode(&hmac(&SECRET)(signed.as_bytes()));
    assert!(verdict(&of_secret(), &format!("{signed}.{signature}")).is_err());
}

#[test]
fn members_that_are_there_twice() {
    let good = good().to_string();
    let twice = |member: &str| format!("{},{member}}}", good.strip_suffix('}').unwrap());
    for payload in [
        twice(r#""sub":"root""#),
        twice(r#""exp":9999999999"#),
        twice(r#""s\u0075b":"root""#),
        twice(r#""roles":{"a":1,"a":2}"#),
    ] {
        assert_eq!(
            verdict(&of_secret(), &token(r#"{"alg":"HS256"}"#, &payload, hmac(&SECRET))),
            Err(Refusal::Payload),
            "{payload}"
        );
    }
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":1}}"#,
    ] {
        assert_eq!(of(header), Err(Refusal::Header), "{header}");
    }
}

#[test]
fn headers_and_claims_that_are_huge_or_deep() {
    let deep = "[".repeat(3000) + &"]".repeat(3000);
    assert_eq!(of(&format!(r#"{{"alg":"HS256","x":{deep}}}"#)), Err(Refusal::TooLong));
    let deep = "[".repeat(1000) + &"]".repeat(1000);
    assert_eq!(of(&format!(r#"{{"alg":"HS256","x":{deep}}}"#)), Err(Refusal::Header));
    let payload = format!(r#"{{"x":{}1{}}}"#, r#"{"a":"#.repeat(500), "}".repeat(500));
    assert_eq!(
        verdict(&of_secret(), &token(r#"{"alg":"HS256"}"#, &payload, hmac(&SECRET))),
        Err(Refusal::Payload)
    );
    let wide: Vec<String> = (0..500).map(|number| format!(r#""{number}":0"#)).collect();
    assert_eq!(of(&format!(r#"{{"alg":"HS256",{}}}"#, wide.join(","))), Err(Refusal::Header));
    let long = with("name", json!("x".repeat(8192)));
    assert_eq!(verdict(&of_secret(), &signed(&long)), Err(Refusal::TooLong));
    let patient: Verifier =
        Verifier::builder().issuer(issuer([secret()])).max_length(64 * 1024).build().unwrap();
    assert_eq!(verdict(&patient, &signed(&long)), Ok(()));
}
