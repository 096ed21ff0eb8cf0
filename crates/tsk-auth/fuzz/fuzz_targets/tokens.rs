//! Tokens and keys that say anything: what is believed is signed, and says what it has to say.
//!
//! The first byte of the input says what the rest is: a token; a header and claims, a line each, that are signed; a JWK or
//! a key in PEM, with which a token is then verified.

#![no_main]

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;
use ring::hmac;
use serde_json::Value;
use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Verifier};

const ISSUER: &str = "i";
const AUDIENCE: &str = "a";
const SECRET: [u8; 32] = [7; 32];
const NOW: u64 = 1_800_000_000;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let key = Key::secret(&SECRET, Algorithm::Hs256).expect("it is long enough");
    verifier(key)
});

fn verifier(key: Key) -> Verifier {
    let issuer = Issuer::new(ISSUER, Keys::fixed([key]).expect("it is one")).audience(AUDIENCE);
    // With a cache, so that what is remembered is asked for too.
    Verifier::builder().issuer(issuer).cache(1 << 20).build().expect("settings that can be")
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn is_signed(token: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Ok(signature) = BASE64URL_NOPAD.decode(signature.as_bytes()) else { return false };
    hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
}

fn sign(header: &[u8], claims: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
    let signature = BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

/// What may be believed at the most.
fn is_plausible(header: &[u8], claims: &[u8]) -> bool {
    let read = |text| serde_json::from_slice::<Value>(text).expect("what is believed is JSON");
    let (header, claims) = (read(header), read(claims));
    let is_ours = |value: &Value| value == AUDIENCE;
    let is_for_us =
        is_ours(&claims["aud"]) || claims["aud"].as_array().is_some_and(|list| list.iter().any(is_ours));
    header["alg"] == "HS256"
        && ["crit", "b64", "enc", "zip"].iter().all(|name| header.get(name).is_none())
        && claims["iss"] == ISSUER
        && is_for_us
        && claims["sub"].as_str().is_some_and(|subject| !subject.is_empty())
        && claims["exp"].as_f64().is_some_and(|exp| exp > (NOW - 31) as f64)
        && claims.get("nbf").is_none_or(|nbf| nbf.as_f64().is_some_and(|nbf| nbf < (NOW + 31) as f64))
}

/// Has a key look at a token of its own algorithm, and of every other.
fn try_key(key: Key, signature: &[u8]) {
    let verifier = verifier(key);
    for algorithm in Algorithm::ALL {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let claims = format!(r#"{{"iss":"i","aud":"a","sub":"s","exp":{}}}"#, NOW + 1);
        let [header, claims, signature] =
            [header.as_bytes(), claims.as_bytes(), signature].map(|part| BASE64URL_NOPAD.encode(part));
        assert!(verifier.check(&format!("{header}.{claims}.{signature}"), now()).is_err());
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    match kind % 4 {
        0 => {
            let token = String::from_utf8_lossy(rest);
            let first = VERIFIER.check(&token, now());
            assert!(first.is_err() || is_signed(&token), "{token}");
            assert_eq!(first.is_ok(), VERIFIER.check(&token, now()).is_ok());
        }
        1 => {
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (header, claims) = (&rest[..line], rest.get(line + 1..).unwrap_or_default());
            let token = sign(header, claims);
            if let Ok(verified) = VERIFIER.check(&token, now()) {
                assert!(is_plausible(header, claims), "{token}");
                assert!(!verified.principal().id().is_empty());
            }
        }
        2 => {
            if let Ok(key) = Key::jwk(rest) {
                try_key(key, &[1; 63]);
            }
        }
        _ => {
            for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
                if let Ok(key) = Key::pem(rest, algorithm) {
                    try_key(key, &rest[..rest.len().min(256)]);
                }
            }
        }
    }
});
