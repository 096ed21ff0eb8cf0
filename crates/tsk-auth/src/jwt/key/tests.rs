#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::super::compact::Compact;
use super::*;

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/keys").join(name)).unwrap()
}

#[test]
fn the_examples_of_the_standards_are_verified_and_none_with_a_bit_turned() {
    let vectors: Vec<Value> = serde_json::from_slice(&fs::read("tests/vectors.json").unwrap()).unwrap();
    let mut seen = 0;
    for vector in vectors {
        let (source, token) = (&vector["source"], vector["token"].as_str().unwrap());
        let Ok(key) = Key::jwk(vector["key"].to_string().as_bytes()) else {
            // The first is on P-521, the second is encrypted.
            assert!(source == "RFC 7520 4.3" || source == "RFC 7520 6, encrypted", "{source}");
            continue;
        };
        let Compact { signed, signature, .. } = Compact::read(token.as_bytes(), 8192).unwrap();
        assert!(key.has_signed(signed, &signature), "{source}");
        for index in [0, signature.len() / 2, signature.len() - 1] {
            let mut other = signature.clone();
            other[index] ^= 1;
            assert!(!key.has_signed(signed, &other), "{source}");
        }
        assert!(!key.has_signed(&signed[1..], &signature), "{source}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// A key of each family, with an algorithm of it.
fn families() -> Vec<Key> {
    vec![
        Key::secret(&[1; 64], Algorithm::Hs256).unwrap(),
        Key::pem(&file("rsa.pub.pem"), Algorithm::Rs256).unwrap(),
        Key::pem(&file("p256.pub.pem"), Algorithm::Es256).unwrap(),
        Key::pem(&file("p384.pub.pem"), Algorithm::Es384).unwrap(),
        Key::pem(&file("ed25519.pub.pem"), Algorithm::EdDsa).unwrap(),
    ]
}

#[test]
fn a_key_is_for_algorithms_of_its_family_alone() {
    let pems = ["rsa", "p256", "p384", "ed25519"].map(|name| file(&format!("{name}.pub.pem")));
    let families = [Family::Rsa, Family::P256, Family::P384, Family::Ed25519];
    for algorithm in Algorithm::ALL {
        for (pem, family) in pems.iter().zip(families) {
            assert_eq!(
                Key::pem(pem, algorithm).is_ok(),
                algorithm.family() == family,
                "{algorithm} {family:?}"
            );
        }
        assert_eq!(
            Key::secret(&[1; 64], algorithm).is_ok(),
            algorithm.family() == Family::Secret,
            "{algorithm}"
        );
    }
}

#[test]
fn no_signature_of_any_length_makes_a_key_panic() {
    for key in families() {
        for length in [0, 1, 31, 32, 63, 64, 65, 95, 96, 97, 255, 256, 257, 1024] {
            for byte in [0, 1, 0xff] {
                assert!(!key.has_signed(b"x", &vec![byte; length]), "{key:?} {length} {byte}");
            }
        }
    }
}

#[test]
fn keys_that_are_too_small_or_odd_are_refused() {
    for (algorithm, length) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
        assert!(Key::secret(&vec![7; length], algorithm).is_ok());
        let error = Key::secret(&vec![7; length - 1], algorithm).unwrap_err();
        assert!(error.to_string().contains(&format!("takes {length} or more")), "{error}");
    }
    assert!(Key::pem(&file("small.pub.pem"), Algorithm::Rs256).is_err());
    assert!(Key::pem(&file("p521.pub.pem"), Algorithm::Es256).is_err());
    assert!(Key::pem(&file("rsa.pem"), Algorithm::Rs256).is_err());
    let modulus = |bits: usize| {
        let mut n = vec![0xff; bits / 8];
        n[bits / 8 - 1] = 1;
        n
    };
    assert!(Key::rsa(&modulus(2048), &[1, 0, 1], Algorithm::Rs256).is_ok());
    for (n, e) in [
        (modulus(2040), vec![1, 0, 1]),
        (modulus(8200), vec![1, 0, 1]),
        (vec![0xfe; 256], vec![1, 0, 1]),
        (modulus(2048), vec![1]),
        (modulus(2048), vec![4]),
        (modulus(2048), vec![]),
        (vec![], vec![3]),
        (modulus(2048), vec![1; 5]),
    ] {
        assert!(Key::rsa(&n, &e, Algorithm::Rs256).is_err(), "{} {e:?}", n.len());
    }
}

#[test]
fn a_public_key_is_never_a_secret() {
    for name in ["rsa.pub.pem", "p256.pub.pem"] {
        for algorithm in [Algorithm::Hs256, Algorithm::Hs512] {
            let error = Key::secret(&file(name), algorithm).unwrap_err();
            assert!(error.to_string().contains("no secret"), "{error}");
        }
    }
}

fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "kid": "a",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

/// The key with another value of a member; without it for `null`.
fn with(name: &str, value: Value) -> Value {
    let mut jwk = jwk();
    match value {
        Value::Null => drop(jwk.as_object_mut().unwrap().remove(name)),
        value => jwk[name] = value,
    }
    jwk
}

#[test]
fn a_jwk_is_used_for_what_it_is_meant_for() {
    for good in [
        jwk(),
        with("use", json!("sig")),
        with("key_ops", json!(["verify"])),
        with("key_ops", json!(["sign", "verify"])),
        with("alg", json!("ES256")),
        with("kid", Value::Null),
        with("x5u", json!("https://example.com")),
    ] {
        assert!(key_of(&good, Origin::Public).is_ok(), "{good}");
    }
    for bad in [
        with("use", json!("enc")),
        with("use", json!(1)),
        with("key_ops", json!(["sign"])),
        with("key_ops", json!([])),
        with("key_ops", json!("verify")),
        with("alg", json!("RS256")),
        with("alg", json!("ES384")),
        with("alg", json!("HS256")),
        with("alg", json!("none")),
        with("alg", json!("ECDH-ES")),
        with("kty", json!("RSA")),
        with("kty", json!("oct")),
        with("kty", json!("ec")),
        with("kty", Value::Null),
        with("crv", json!("P-384")),
        with("crv", json!("P-521")),
        with("crv", json!("secp256k1")),
        with("crv", Value::Null),
        with("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE")),
        with("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")),
        with("x", json!("")),
        with("y", Value::Null),
        with("y", json!(1)),
        with("d", json!("AA")),
        with("kid", json!(1)),
        json!({}),
        json!([]),
        json!(null),
        json!("a"),
    ] {
        assert!(key_of(&bad, Origin::Public).is_err(), "{bad}");
    }
}

fn key_of(value: &Value, origin: Origin) -> Result<Key, &'static str> {
    super::jwk::key(value, origin)
}

#[test]
fn one_key_that_cannot_be_used_is_no_fault_of_the_others() {
    let set = json!({ "keys": [
        jwk(),
        { "kty": "OKP", "crv": "Ed448", "x": "AA", "kid": "b" },
        { "kty": "new", "kid": "c" },
        7,
        { "kty": "oct", "alg": "HS256", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T", "kid": "d" },
        jwk(),
        with("kid", json!("e")),
    ] });
    let read = Set::read(set.to_string().as_bytes(), Origin::Public).unwrap();
    let ids: Vec<_> = read.keys.iter().map(|key| key.id().unwrap()).collect();
    assert_eq!((ids, read.skipped.len()), (vec!["a", "e"], 5));
    // A secret in a file of one's own is one.
    assert_eq!(Set::read(set.to_string().as_bytes(), Origin::File).unwrap().keys.len(), 3);
    for wrong in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, "<html>"] {
        assert!(Set::read(wrong.as_bytes(), Origin::Public).is_err(), "{wrong}");
    }
    let many = json!({ "keys": vec![jwk(); super::jwk::MAX_KEYS + 1] });
    assert!(Set::read(many.to_string().as_bytes(), Origin::Public).is_err());
}

#[test]
fn a_file_has_keys_of_any_form_and_a_mistake_in_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let read = |content: &[u8], algorithm| Key::file(&write("key", content), algorithm);
    assert_eq!(read(&file("p256.pub.pem"), Some(Algorithm::Es256)).unwrap().len(), 1);
    assert_eq!(read(jwk().to_string().as_bytes(), None).unwrap()[0].id(), Some("a"));
    assert_eq!(
        read(json!({ "keys": [jwk(), with("kid", json!("b"))] }).to_string().as_bytes(), None).unwrap().len(),
        2
    );
    let secret = [b'x'; 32];
    for end in ["", "\n", "\r\n"] {
        let keys = read(&[&secret, end.as_bytes()].concat(), Some(Algorithm::Hs256)).unwrap();
        assert_eq!(keys, [Key::secret(&secret, Algorithm::Hs256).unwrap()]);
    }
    for (content, algorithm) in [
        (&secret[..], None),
        (&secret[1..], Some(Algorithm::Hs256)),
        (b"{", None),
        (br#"{"keys":[{"kty":"new"}]}"#, None),
        (&file("p256.pub.pem"), Some(Algorithm::Hs256)),
        (&file("p256.pub.pem"), Some(Algorithm::Rs256)),
    ] {
        let error = read(content, algorithm).unwrap_err().to_string();
        assert!(error.starts_with(&*folder.path().to_string_lossy()), "{error}");
    }
    assert!(Key::file(&folder.path().join("gone"), None).is_err());
}

#[test]
fn what_is_shown_of_a_key_has_nothing_of_its_secret() {
    let key = Key::secret(b"correct horse battery staple and", Algorithm::Hs256).unwrap().with_id("a");
    assert_eq!(format!("{key:?}"), r#"Key { id: Some("a"), algorithm: Hs256, .. }"#);
}
