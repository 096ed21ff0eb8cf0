//! Tokens of others, and what others make of ours.

use std::time::{Duration, SystemTime};

use serde_json::json;
use tsk_auth::jwt::{Algorithm, Grant, Issuer, Key, Keys, Signer, SigningKey, Verifier};
use tsk_tests::TokenPeer;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "shop";

fn verifier(keys: Vec<Key>) -> Verifier {
    let keys = Keys::fixed(keys).expect("keys that differ");
    Verifier::new(Issuer::new(ISSUER, keys).audience(AUDIENCE)).expect("settings that can be")
}

#[test]
fn tokens_of_others_are_believed_each_with_its_key_alone() {
    for peer in TokenPeer::ALL {
        let (issued, others) = (peer.issue(), peer.issue());
        assert!(issued.len() >= 12, "{peer:?} issues {}", issued.len());
        let keys = issued.iter().map(|issued| Key::jwk(issued["key"].to_string().as_bytes()).expect("a key"));
        let verifier = verifier(keys.collect());
        for issued in &issued {
            let token = issued["token"].as_str().expect("a token");
            let verified = verifier.check(token, SystemTime::now());
            let verified = verified.unwrap_or_else(|refusal| panic!("{peer:?}: {refusal}: {issued}"));
            assert_eq!(verified.principal().id(), "ada");
            let (rest, own) = token.rsplit_once('.').expect("three parts");
            let signatures = others.iter().filter_map(|other| other["token"].as_str()?.rsplit_once('.'));
            // The secrets are always the same, so that within a second so is what they sign.
            for other in signatures.filter(|other| other.1 != own) {
                assert!(
                    verifier.check(&format!("{rest}.{}", other.1), SystemTime::now()).is_err(),
                    "{issued}"
                );
            }
        }
    }
}

#[test]
fn what_others_can_forge_is_refused() {
    let verifier = verifier(vec![Key::secret(&[0; 64], Algorithm::Hs256).expect("it is long enough")]);
    for peer in TokenPeer::ALL {
        for token in peer.forge() {
            let token = token.as_str().expect("a token");
            assert!(verifier.check(token, SystemTime::now()).is_err(), "{peer:?}: {token}");
        }
    }
}

#[test]
fn others_believe_tokens_of_ours() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm).expect("a key");
        let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).expect("a signer");
        let next = SigningKey::generate(algorithm).expect("a key");
        signer.announce(next).expect("another key");
        let now = SystemTime::now();
        for _ in 0..2 {
            let grant = Grant::new("ada", AUDIENCE).client("app").scope("orders:read");
            let token = signer.issue(&grant, &json!({ "department": "sales" }), now).expect("a token");
            for peer in TokenPeer::ALL {
                let claims = peer.verify(&signer.jwks(now), &token);
                assert_eq!(
                    (&claims["sub"], &claims["department"]),
                    (&json!("ada"), &json!("sales")),
                    "{peer:?}"
                );
            }
            // The second time with the next key.
            let _ = signer.rotate(now);
        }
    }
}
