//! What is remembered of tokens, and for how long.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tsk_auth::jwt::{Algorithm, Grant, Issuer, Keys, Refusal, Signer, SigningKey, Verifier};

use crate::forge::*;

#[test]
fn a_token_is_verified_once() {
    let verifier = of_secret();
    let token = signed(&good());
    let first = verifier.check(&token, at(NOW)).unwrap();
    let second = verifier.check(&token, at(NOW + 1)).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(verifier.remembered().0, 1);
    let forgetful: Verifier = Verifier::builder().issuer(issuer([secret()])).cache(0).build().unwrap();
    let first = forgetful.check(&token, at(NOW)).unwrap();
    assert!(!Arc::ptr_eq(&first, &forgetful.check(&token, at(NOW)).unwrap()));
    assert_eq!(forgetful.remembered(), (0, 0));
}

#[test]
fn what_is_remembered_ends_with_the_token() {
    let verifier = of_secret();
    let token = signed(&good());
    for (now, expected) in
        [(NOW, Ok(())), (NOW + 629, Ok(())), (NOW + 630, Err(Refusal::Expired)), (NOW + 629, Ok(()))]
    {
        assert_eq!(verifier.check(&token, at(now)).map(drop), expected, "{now}");
    }
    verifier.sweep(at(NOW + 629));
    assert_eq!(verifier.remembered().0, 1);
    verifier.sweep(at(NOW + 630));
    assert_eq!(verifier.remembered(), (0, 0));
}

#[test]
fn what_is_remembered_ends_with_its_key() {
    let key = || SigningKey::generate(Algorithm::Es256).unwrap();
    let first = key();
    let id = first.id().unwrap().to_owned();
    let signer = Signer::new(ISSUER, first, Duration::from_secs(3600)).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&signer)).audience(AUDIENCE)).unwrap();
    let issue = || signer.issue(&Grant::new("ada", AUDIENCE), &(), at(NOW)).unwrap();
    let old = issue();
    assert!(verifier.check(&old, at(NOW)).is_ok());
    signer.announce(key()).unwrap();
    signer.rotate(at(NOW)).unwrap();
    let new = issue();
    // It was retired, and is believed as long as its tokens hold.
    assert!(verifier.check(&old, at(NOW)).is_ok() && verifier.check(&new, at(NOW)).is_ok());
    assert!(signer.revoke(&id));
    assert_eq!(verifier.check(&old, at(NOW)).err(), Some(Refusal::UnknownKey));
    assert!(verifier.check(&new, at(NOW)).is_ok());
    verifier.sweep(at(NOW));
    assert_eq!(verifier.remembered().0, 1);
}

#[test]
fn nothing_that_is_refused_is_remembered() {
    let verifier = of_secret();
    for number in 0..100 {
        let forged =
            token(r#"{"alg":"HS256"}"#, &with("jti", json!(number.to_string())).to_string(), hmac(&[1; 32]));
        assert!(verifier.check(&forged, at(NOW)).is_err());
        assert!(verifier.check(&signed(&with("exp", json!(number))), at(NOW)).is_err());
    }
    assert_eq!(verifier.remembered(), (0, 0));
}

#[test]
fn memory_has_a_bound() {
    const BYTES: u64 = 256 * 1024;
    let verifier: Verifier = Verifier::builder().issuer(issuer([secret()])).cache(BYTES).build().unwrap();
    let mut most = 0;
    for number in 0..3000 {
        assert!(verifier.check(&signed(&with("jti", json!(number.to_string()))), at(NOW)).is_ok());
        let (count, bytes) = verifier.remembered();
        assert!(bytes <= BYTES, "{bytes}");
        most = most.max(count);
    }
    assert!(most > 100, "{most}");
    // One that alone is larger is verified, and not kept.
    let large: Verifier = Verifier::builder().issuer(issuer([secret()])).cache(4096).build().unwrap();
    let token = signed(&with("name", json!("x".repeat(4000))));
    assert_eq!(verdict(&large, &token), Ok(()));
    assert!(large.remembered().1 <= 4096);
}

#[test]
fn the_reckoning_of_memory_is_no_less_than_what_is_taken() {
    let verifier: Verifier<Value> = Verifier::new(issuer([secret()])).unwrap();
    let mut claims = good();
    for number in 0..40 {
        claims[format!("claim{number}")] = json!({ "a": [number, "text"], "b": null });
    }
    let tokens: Vec<String> = (0..50)
        .map(|number| {
            claims["jti"] = json!(number.to_string());
            signed(&claims)
        })
        .collect();
    // What is taken for a while is given back: the difference is what is kept.
    verifier.check(&signed(&good()), at(NOW)).unwrap();
    let before = verifier.remembered().1;
    let taken = allocation_counter::measure(|| {
        for token in &tokens {
            verifier.check(token, at(NOW)).unwrap();
        }
    });
    let reckoned = verifier.remembered().1 - before;
    assert!(taken.bytes_current.unsigned_abs() <= reckoned, "{} of {reckoned}", taken.bytes_current);
}

#[test]
fn many_threads_see_one_truth() {
    let verifier = of_secret();
    let good: Vec<String> = (0..20).map(|number| signed(&with("jti", json!(number.to_string())))).collect();
    let bad: Vec<String> = good.iter().map(|token| token.replacen('.', ".A", 1)).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    for (good, bad) in good.iter().zip(&bad) {
                        assert!(
                            verifier.check(good, at(NOW)).is_ok() && verifier.check(bad, at(NOW)).is_err()
                        );
                    }
                }
            });
        }
    });
}
