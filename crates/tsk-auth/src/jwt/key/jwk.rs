//! JSON Web Keys (RFC 7517), one by one: what one of them lacks is no fault of the others.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::{Algorithm, Family, Key};

/// Keys of a set that are read at most; providers have two to ten.
pub(crate) const MAX_KEYS: usize = 64;

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file of the operator.
    File,
    /// A place that anybody can read: what is secret there is not.
    Public,
}

/// The keys of a set, and why others of it are not used.
#[derive(Debug, Default)]
pub(crate) struct Set {
    pub(crate) keys: Vec<Key>,
    pub(crate) skipped: Vec<&'static str>,
}

impl Set {
    /// Reads a set, or one key alone.
    pub(crate) fn read(text: &[u8], origin: Origin) -> Result<Self, &'static str> {
        let value: Value = serde_json::from_slice(text).map_err(|_| "it is no JSON")?;
        let list = match value.get("keys") {
            Some(Value::Array(list)) => &list[..],
            None if value.get("kty").is_some() => std::slice::from_ref(&value),
            _ => return Err("it has no list of `keys`"),
        };
        if list.len() > MAX_KEYS {
            return Err("it has more keys than are read of a set");
        }
        let mut set = Self::default();
        for value in list {
            match key(value, origin) {
                Ok(key) if set.keys.iter().any(|other| is_ambiguous(other, &key)) => {
                    set.skipped.push("another key has its `kid` and its algorithm");
                }
                Ok(key) => set.keys.push(key),
                Err(reason) => set.skipped.push(reason),
            }
        }
        Ok(set)
    }
}

/// Whether a token that names one of them could mean the other.
fn is_ambiguous(one: &Key, other: &Key) -> bool {
    one.id.is_some() && one.id == other.id && one.algorithm == other.algorithm
}

/// The key that a JWK is, or why it is none for us.
pub(super) fn key(value: &Value, origin: Origin) -> Result<Key, &'static str> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let bytes = |name: &str| -> Result<Vec<u8>, &'static str> {
        let text = text(name).ok_or("a parameter of the key is missing")?;
        BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| "a parameter of the key is not base64url")
    };
    if value.get("use").is_some_and(|usage| usage != "sig") {
        return Err("it is not for signatures (`use`)");
    }
    if let Some(operations) = value.get("key_ops") {
        let may_verify = operations.as_array().is_some_and(|list| list.iter().any(|name| name == "verify"));
        if !may_verify {
            return Err("it is not for verifying (`key_ops`)");
        }
    }
    let stated = match value.get("alg") {
        None => None,
        Some(name) => {
            let known = name.as_str().and_then(Algorithm::named);
            Some(known.ok_or("its algorithm (`alg`) is not one that is taken")?)
        }
    };
    if origin == Origin::Public && value.get("d").is_some() {
        return Err("its private part is public, so that anybody can sign with it");
    }
    let algorithm = match (text("kty"), text("crv")) {
        (Some("RSA"), None) => stated.unwrap_or(Algorithm::Rs256),
        (Some("EC"), Some("P-256")) => stated.unwrap_or(Algorithm::Es256),
        (Some("EC"), Some("P-384")) => stated.unwrap_or(Algorithm::Es384),
        (Some("OKP"), Some("Ed25519")) => stated.unwrap_or(Algorithm::EdDsa),
        (Some("oct"), None) if origin == Origin::Public => {
            return Err("it is a secret in a place that is public");
        }
        (Some("oct"), None) => stated.ok_or("a secret has to name its algorithm (`alg`)")?,
        _ => return Err("its type (`kty`, `crv`) is not one that is taken"),
    };
    let key = match (text("kty"), text("crv"), algorithm.family()) {
        (Some("RSA"), None, Family::Rsa) => Key::rsa(&bytes("n")?, &bytes("e")?, algorithm)?,
        (Some("EC"), Some("P-256"), Family::P256) | (Some("EC"), Some("P-384"), Family::P384) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != y.len() {
                return Err("its coordinates differ in length");
            }
            Key::point(&[&[4], &*x, &*y].concat(), algorithm)?
        }
        (Some("OKP"), Some("Ed25519"), Family::Ed25519) => Key::ed25519(&bytes("x")?)?,
        (Some("oct"), None, Family::Secret) => Key::secret(&bytes("k")?, algorithm)
            .map_err(|_| "the secret is shorter than the hash of its algorithm")?,
        _ => return Err("its algorithm (`alg`) is not one of its type (`kty`)"),
    };
    match value.get("kid") {
        None => Ok(key),
        Some(Value::String(id)) => Ok(key.with_id(&**id)),
        Some(_) => Err("its identifier (`kid`) is no text"),
    }
}
