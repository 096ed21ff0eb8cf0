//! Tokens of any kind, signed or not, with keys that are known to the tests alone.

use std::{fs, path::Path, time::Duration, time::SystemTime};

use data_encoding::BASE64URL_NOPAD;
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Refusal, Verifier};

pub(crate) const ISSUER: &str = "https://id.example.com";
pub(crate) const AUDIENCE: &str = "shop";
pub(crate) const SECRET: [u8; 32] = [7; 32];
/// When the tests take place, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/keys").join(name)).unwrap()
}

fn private(name: &str) -> PrivatePkcs8KeyDer<'static> {
    PrivatePkcs8KeyDer::from_pem_slice(&file(name)).unwrap()
}

/// Claims that are believed.
pub(crate) fn good() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": NOW + 600, "iat": NOW })
}

/// Such claims, with one that is other, or missing for `null`.
pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// A token of any two texts.
pub(crate) fn token(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let [header, payload] = [header, payload].map(|text| BASE64URL_NOPAD.encode(text.as_bytes()));
    let signed = format!("{header}.{payload}");
    let signature = BASE64URL_NOPAD.encode(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

pub(crate) fn hmac(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |signed| hmac::sign(&key, signed).as_ref().to_vec()
}

fn rsa(encoding: &'static dyn RsaEncoding) -> impl Fn(&[u8]) -> Vec<u8> {
    let pair = RsaKeyPair::from_pkcs8(private("rsa.pem").secret_pkcs8_der()).unwrap();
    move |signed| {
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), signed, &mut signature).unwrap();
        signature
    }
}

pub(crate) fn rs256() -> impl Fn(&[u8]) -> Vec<u8> {
    rsa(&RSA_PKCS1_SHA256)
}

pub(crate) fn ps256() -> impl Fn(&[u8]) -> Vec<u8> {
    rsa(&RSA_PSS_SHA256)
}

/// In the form of RFC 7518 §3.4, or in DER, as others have it.
pub(crate) fn es256(is_der: bool) -> impl Fn(&[u8]) -> Vec<u8> {
    let form = if is_der { &ECDSA_P256_SHA256_ASN1_SIGNING } else { &ECDSA_P256_SHA256_FIXED_SIGNING };
    let pair =
        EcdsaKeyPair::from_pkcs8(form, private("p256.pem").secret_pkcs8_der(), &SystemRandom::new()).unwrap();
    move |signed| pair.sign(&SystemRandom::new(), signed).unwrap().as_ref().to_vec()
}

pub(crate) fn eddsa() -> impl Fn(&[u8]) -> Vec<u8> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(private("ed25519.pem").secret_pkcs8_der()).unwrap();
    move |signed| pair.sign(signed).as_ref().to_vec()
}

/// A token of the secret, with a header that says so.
pub(crate) fn signed(claims: &Value) -> String {
    token(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string(), hmac(&SECRET))
}

pub(crate) fn secret() -> Key {
    Key::secret(&SECRET, Algorithm::Hs256).unwrap()
}

pub(crate) fn public(name: &str, algorithm: Algorithm) -> Key {
    Key::pem(&file(&format!("{name}.pub.pem")), algorithm).unwrap()
}

pub(crate) fn issuer(keys: impl IntoIterator<Item = Key>) -> Issuer {
    Issuer::new(ISSUER, Keys::fixed(keys).unwrap()).audience(AUDIENCE)
}

/// Believes the issuer with these keys.
pub(crate) fn verifier(keys: impl IntoIterator<Item = Key>) -> Verifier {
    Verifier::new(issuer(keys)).unwrap()
}

/// What a verifier says of a token, twice: what is remembered is no other than what is found out.
pub(crate) fn verdict(verifier: &Verifier, token: &str) -> Result<(), Refusal> {
    let first = verifier.check(token, at(NOW)).map(drop);
    assert_eq!(verifier.check(token, at(NOW)).map(drop), first, "{token}");
    first
}

/// With the public key of RSA alone.
pub(crate) fn of_rsa() -> Verifier {
    verifier([public("rsa", Algorithm::Rs256)])
}

/// With the secret alone.
pub(crate) fn of_secret() -> Verifier {
    verifier([secret()])
}
