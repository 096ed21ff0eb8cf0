//! Keys that sign.

use std::{fmt, sync::Arc};

use biscuit::jws::Secret;
use data_encoding::{BASE64_MIME, BASE64URL_NOPAD};
use ring::{
    digest,
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _, RsaKeyPair,
    },
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Map, Value, json};

use super::super::{Algorithm, Key, algorithm::Family};
use crate::{Error, random};

/// A key that signs, with its algorithm and identifier.
///
/// The identifier of a pair of keys is its thumbprint (RFC 7638), so that it is the same in every instance and after every
/// start; a secret has none unless it is given one.
#[derive(Clone)]
pub struct SigningKey {
    key: Key,
    pair: Pair,
    /// The public part as a JWK, without `kid`, `alg` and `use`; `None` for a secret.
    public: Option<Value>,
}

#[derive(Clone)]
enum Pair {
    Biscuit(Secret),
    Ed25519(Arc<Ed25519KeyPair>),
}

impl SigningKey {
    /// A private key in PEM, as in `-----BEGIN PRIVATE KEY-----` (PKCS #8).
    ///
    /// # Errors
    ///
    /// No such key; one that is not of the algorithm, or too small.
    pub fn pem(pem: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| {
            Error::new("it is no private key in PEM: it begins with -----BEGIN PRIVATE KEY-----")
        })?;
        Self::pkcs8(der.secret_pkcs8_der(), algorithm)
    }

    /// A secret that is shared with those who verify. See [`Key::secret`].
    ///
    /// # Errors
    ///
    /// As [`Key::secret`].
    pub fn secret(secret: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        let key = Key::secret(secret, algorithm)?;
        Ok(Self { key, pair: Pair::Biscuit(Secret::Bytes(secret.to_vec())), public: None })
    }

    /// A new key, which is gone when the service ends. [`new_pem`](Self::new_pem) makes one to keep.
    ///
    /// # Errors
    ///
    /// RSA, whose keys ring does not make; a system without randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        match algorithm.family() {
            Family::Secret => Self::secret(&random::bytes::<64>()?, algorithm),
            _ => Self::pkcs8(&generate(algorithm)?, algorithm),
        }
    }

    /// A new private key in PEM, for [`pem`](Self::pem).
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate); a secret.
    pub fn new_pem(algorithm: Algorithm) -> Result<String, Error> {
        let encoded = BASE64_MIME.encode(&generate(algorithm)?).replace("\r\n", "\n");
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", encoded.trim_end()))
    }

    /// Sets the identifier. Default: the thumbprint of a pair of keys, none for a secret.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.key = self.key.with_id(id);
        self
    }

    /// The identifier, `kid`.
    pub fn id(&self) -> Option<&str> {
        self.key.id()
    }

    /// The key that verifies what this one signs.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The public part as a JWK.
    pub(super) fn public(&self) -> Option<Value> {
        let mut jwk = self.public.clone()?;
        jwk["kid"] = json!(self.id());
        jwk["alg"] = json!(self.key.algorithm().name());
        jwk["use"] = json!("sig");
        Some(jwk)
    }

    /// A token of that type.
    pub(super) fn sign(&self, kind: &str, claims: &Map<String, Value>) -> Result<String, Error> {
        let algorithm = self.key.algorithm();
        let mut header = json!({ "alg": algorithm.name(), "typ": kind });
        if let Some(id) = self.id() {
            header["kid"] = json!(id);
        }
        let mut token = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
        token.push('.');
        let claims = serde_json::to_vec(claims)
            .map_err(|error| Error::new(format!("the claims are no JSON: {error}")))?;
        BASE64URL_NOPAD.encode_append(&claims, &mut token);
        let failed = || Error::new(format!("it could not be signed by {algorithm}"));
        let signature = match (&self.pair, algorithm.in_biscuit()) {
            (Pair::Biscuit(secret), Some(algorithm)) => {
                algorithm.sign(token.as_bytes(), secret).map_err(|_| failed())?
            }
            (Pair::Ed25519(pair), None) => pair.sign(token.as_bytes()).as_ref().to_vec(),
            _ => return Err(failed()),
        };
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        Ok(token)
    }

    fn pkcs8(der: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        let wrong = |_| {
            Error::new(format!("the private key is not one for {algorithm}, or its public part is missing"))
        };
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let (key, pair, public) = match algorithm.family() {
            Family::Secret => {
                return Err(Error::new(format!("{algorithm} takes a secret, not a private key")));
            }
            Family::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der).map_err(wrong)?;
                let rsa::PublicKeyComponents { n, e } =
                    rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let public = json!({ "kty": "RSA", "n": encode(&n), "e": encode(&e) });
                (Key::rsa(&n, &e, algorithm), Pair::Biscuit(Secret::RsaKeyPair(Arc::new(pair))), public)
            }
            Family::P256 | Family::P384 => {
                let (curve, name) = match algorithm {
                    Algorithm::Es384 => (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
                    _ => (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
                };
                let pair = EcdsaKeyPair::from_pkcs8(curve, der, &SystemRandom::new()).map_err(wrong)?;
                let point = pair.public_key().as_ref();
                // After the byte that says that it is not compressed.
                let (x, y) = point[1..].split_at(point.len() / 2);
                let public = json!({ "kty": "EC", "crv": name, "x": encode(x), "y": encode(y) });
                (Key::point(point, algorithm), Pair::Biscuit(Secret::EcdsaKeyPair(Arc::new(pair))), public)
            }
            Family::Ed25519 => {
                // openssl leaves the public part out, so that there may be nothing to compare it with.
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(wrong)?;
                let point = pair.public_key().as_ref();
                let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(point) });
                (Key::ed25519(point), Pair::Ed25519(Arc::new(pair)), public)
            }
        };
        let key = key.map_err(Error::new)?.with_id(thumbprint(&public));
        Ok(Self { key, pair, public: Some(public) })
    }
}

/// SHA-256 of the required members in the order of their names (RFC 7638 §3).
fn thumbprint(public: &Value) -> String {
    let members = public.as_object().into_iter().flatten();
    let sorted: std::collections::BTreeMap<&String, &Value> = members.collect();
    let text = serde_json::to_string(&sorted).expect("texts are written as JSON");
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// A new private key, in PKCS #8.
fn generate(algorithm: Algorithm) -> Result<Vec<u8>, Error> {
    let random = SystemRandom::new();
    let made = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random),
        Algorithm::Es384 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random),
        _ => {
            return Err(Error::new(format!("a key for {algorithm} is not made here: have openssl make one")));
        }
    };
    made.map(|document| document.as_ref().to_vec()).map_err(|_| random::missing())
}

/// Without anything of the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.key).finish()
    }
}
