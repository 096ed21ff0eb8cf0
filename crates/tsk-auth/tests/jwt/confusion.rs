//! Tokens that would have the key, or the way to use it, chosen by who sends them.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tsk_auth::jwt::{Algorithm, Refusal};

use crate::forge::*;

type Sign = dyn Fn(&[u8]) -> Vec<u8>;

#[test]
fn what_is_signed_as_it_should_be_is_believed() {
    let payload = good().to_string();
    let all = || {
        verifier([
            secret(),
            public("rsa", Algorithm::Rs256),
            public("rsa", Algorithm::Ps256).with_id("ps"),
            public("p256", Algorithm::Es256),
            public("ed25519", Algorithm::EdDsa),
        ])
    };
    for token in [
        signed(&good()),
        token(r#"{"alg":"RS256"}"#, &payload, rs256()),
        token(r#"{"alg":"PS256","kid":"ps"}"#, &payload, ps256()),
        token(r#"{"alg":"ES256","typ":"at+jwt"}"#, &payload, es256(false)),
        token(r#"{"alg":"EdDSA","typ":"application/at+JWT"}"#, &payload, eddsa()),
        token(r#"{"alg":"Ed25519"}"#, &payload, eddsa()),
    ] {
        assert_eq!(verdict(&all(), &token), Ok(()), "{token}");
    }
}

#[test]
fn none_is_no_algorithm_in_any_spelling() {
    let signatures: [&Sign; 3] = [&|_| Vec::new(), &|_| vec![0], &hmac(b"")];
    for name in
        ["none", "None", "NONE", "nOnE", "none ", " none", "none\\u0000", "", "null", "\\u006eone", "nоne"]
    {
        let header = format!(r#"{{"alg":"{name}","typ":"JWT"}}"#);
        for sign in signatures {
            for verifier in [of_secret(), of_rsa()] {
                let refused = verdict(&verifier, &token(&header, &good().to_string(), sign)).unwrap_err();
                assert!(
                    matches!(refused, Refusal::Algorithm | Refusal::Form | Refusal::Header),
                    "{name:?} {refused}"
                );
            }
        }
    }
    for header in [
        r#"{}"#,
        r#"{"alg":null}"#,
        r#"{"alg":false}"#,
        r#"{"alg":[]}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"ALG":"HS256"}"#,
    ] {
        assert_eq!(
            verdict(&of_secret(), &token(header, &good().to_string(), hmac(&SECRET))),
            Err(Refusal::Header),
            "{header}"
        );
    }
}

#[test]
fn a_signature_is_asked_for() {
    let good = signed(&good());
    let (signed, _) = good.rsplit_once('.').unwrap();
    for token in [signed.to_owned(), format!("{signed}."), format!("{signed}.."), format!("{signed}.AA")] {
        assert!(verdict(&of_secret(), &token).is_err(), "{token}");
    }
}

#[test]
fn a_public_key_is_not_taken_for_a_secret() {
    let pem = file("rsa.pub.pem");
    let text = String::from_utf8(pem.clone()).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
    for secret in
        [&pem[..], text.trim_end().as_bytes(), &der, body.as_bytes(), text.replace('\n', "\r\n").as_bytes()]
    {
        for (verifier, name) in [(of_rsa(), "HS256"), (of_rsa(), "RS256")] {
            let token = token(&format!(r#"{{"alg":"{name}"}}"#), &good().to_string(), hmac(secret));
            let refused = verdict(&verifier, &token).unwrap_err();
            assert!(matches!(refused, Refusal::Algorithm | Refusal::Signature), "{refused}");
        }
    }
}

#[test]
fn a_key_is_used_with_its_own_algorithm_alone() {
    // One key of RSA, signed with in the other way.
    for (taken, stated, sign) in [
        (Algorithm::Rs256, "PS256", Box::new(ps256()) as Box<Sign>),
        (Algorithm::Ps256, "RS256", Box::new(rs256())),
        (Algorithm::Rs256, "RS256", Box::new(ps256())),
        (Algorithm::Rs512, "RS256", Box::new(rs256())),
        (Algorithm::Rs256, "RS512", Box::new(rs256())),
    ] {
        let verifier = verifier([public("rsa", taken)]);
        let token = token(&format!(r#"{{"alg":"{stated}"}}"#), &good().to_string(), sign);
        let refused = verdict(&verifier, &token).unwrap_err();
        assert!(matches!(refused, Refusal::Algorithm | Refusal::Signature), "{taken} {stated}: {refused}");
    }
}

#[test]
fn a_key_that_comes_with_the_token_is_not_used() {
    let secret = [9; 32];
    let own = BASE64URL_NOPAD.encode(&secret);
    for member in [
        json!({ "jwk": { "kty": "oct", "k": own, "alg": "HS256" } }),
        json!({ "jwk": { "kty": "oct", "k": own }, "kid": "own" }),
        json!({ "jku": "https://evil.example.com/jwks.json" }),
        json!({ "jku": "http://127.0.0.1:1/", "kid": "own" }),
        json!({ "x5u": "https://evil.example.com/cert.pem" }),
        json!({ "x5c": ["MIIB"], "x5t": "AA", "x5t#S256": "AA" }),
        json!({ "keys": [{ "kty": "oct", "k": own }] }),
    ] {
        let mut header = member.clone();
        header["alg"] = json!("HS256");
        let payload = good().to_string();
        assert_eq!(
            verdict(&of_secret(), &token(&header.to_string(), &payload, hmac(&secret))),
            Err(Refusal::Signature)
        );
        // With the right key it is nothing but a note.
        assert_eq!(
            verdict(&of_secret(), &token(&header.to_string(), &payload, hmac(&SECRET))),
            Ok(()),
            "{header}"
        );
    }
}

#[test]
fn a_key_identifier_is_compared_and_nothing_else() {
    let verifier = verifier([secret().with_id("a")]);
    for kid in [
        "../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "a' UNION SELECT '",
        "| id",
        "$(id)",
        "",
        "A",
        "a ",
        "a\0",
        "http://127.0.0.1/",
        "%00",
        "a/../a",
        "\u{202e}a",
    ] {
        let header = json!({ "alg": "HS256", "kid": kid }).to_string();
        for secret in [&b""[..], &[0], &SECRET] {
            assert_eq!(
                verdict(&verifier, &token(&header, &good().to_string(), hmac(secret))),
                Err(Refusal::UnknownKey),
                "{kid:?}"
            );
        }
    }
    for kid in ["1", "null", "[]", r#"["a"]"#, r#"{"a":1}"#, "true"] {
        let header = format!(r#"{{"alg":"HS256","kid":{kid}}}"#);
        assert_eq!(
            verdict(&verifier, &token(&header, &good().to_string(), hmac(&SECRET))),
            Err(Refusal::Header),
            "{kid}"
        );
    }
    let header = r#"{"alg":"HS256","kid":"\u0061"}"#;
    assert_eq!(verdict(&verifier, &token(header, &good().to_string(), hmac(&SECRET))), Ok(()));
}

#[test]
fn psychic_signatures_are_refused() {
    let verifier = verifier([public("p256", Algorithm::Es256)]);
    // The order of the curve, which is 0 by another name.
    let order = data_encoding::HEXLOWER
        .decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .unwrap();
    let (zero, one) = ([0; 32], [vec![0; 31], vec![1]].concat());
    for r in [&zero[..], &one, &order] {
        for s in [&zero[..], &order, &one] {
            let token = token(r#"{"alg":"ES256"}"#, &good().to_string(), |_| [r, s].concat());
            assert_eq!(verdict(&verifier, &token), Err(Refusal::Signature));
        }
    }
    for signature in [vec![0x30, 6, 2, 1, 0, 2, 1, 0], vec![0; 64], vec![0; 63], vec![0; 65], vec![0; 96]] {
        let token = token(r#"{"alg":"ES256"}"#, &good().to_string(), |_| signature.clone());
        assert_eq!(verdict(&verifier, &token), Err(Refusal::Signature));
    }
}

#[test]
fn a_signature_has_one_form() {
    let verifier = verifier([public("p256", Algorithm::Es256)]);
    let der = token(r#"{"alg":"ES256"}"#, &good().to_string(), es256(true));
    assert_eq!(verdict(&verifier, &der), Err(Refusal::Signature));
}

#[test]
fn another_spelling_of_a_token_is_another_token() {
    let (verifier, good) = (of_secret(), signed(&good()));
    assert_eq!(verdict(&verifier, &good), Ok(()));
    // 32 bytes leave two bits over in their last letter.
    let last = good.chars().last().unwrap();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for letter in letters.chars().filter(|letter| *letter != last) {
        let other = format!("{}{letter}", &good[..good.len() - 1]);
        assert!(verdict(&verifier, &other).is_err(), "{other}");
    }
    for other in [
        format!("{good}="),
        format!("{good}."),
        format!("{good}.AA"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}\0"),
        good.replacen('.', "..", 1),
        good.replacen('.', "%2e", 1),
        good.to_uppercase(),
        format!("Bearer {good}"),
    ] {
        assert!(verdict(&verifier, &other).is_err(), "{other}");
    }
}

#[test]
fn every_byte_of_a_token_counts() {
    let payload = good().to_string();
    let verifier = verifier([
        secret(),
        public("rsa", Algorithm::Rs256),
        public("p256", Algorithm::Es256),
        public("ed25519", Algorithm::EdDsa),
    ]);
    for good in [
        signed(&good()),
        token(r#"{"alg":"RS256"}"#, &payload, rs256()),
        token(r#"{"alg":"ES256"}"#, &payload, es256(false)),
        token(r#"{"alg":"EdDSA"}"#, &payload, eddsa()),
    ] {
        assert_eq!(verdict(&verifier, &good), Ok(()));
        for index in 0..good.len() {
            let mut other = good.clone().into_bytes();
            other[index] = if other[index] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(verifier.check(&other, at(NOW)).is_err(), "{index} of {good}");
        }
    }
}
