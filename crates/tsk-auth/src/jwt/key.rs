//! Keys that verify: each with the one algorithm that it is for.

use std::{fmt, fs, path::Path};

use biscuit::jws::Secret;
use ring::{
    digest, hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};

use super::{
    Algorithm,
    algorithm::Family,
    der::{self, PublicKey},
};
use crate::Error;

mod jwk;

pub(crate) use jwk::{Origin, Set};

/// A key that verifies tokens, with its algorithm and, perhaps, its identifier (`kid`).
///
/// Keys that are too small are refused (RFC 7518 §3.2, §3.3): RSA has 2,048 bits at least and 8,192 at most, a secret as
/// many bytes as the hash.
#[derive(Clone)]
pub struct Key {
    id: Option<Box<str>>,
    algorithm: Algorithm,
    material: Material,
    /// SHA-256 of the material, by which keys are the same.
    print: [u8; 32],
}

#[derive(Clone)]
enum Material {
    Secret(hmac::Key),
    Biscuit(Secret),
    Ed25519(Box<[u8]>),
}

impl Key {
    /// A secret that is shared with the issuer, for HS256, HS384 or HS512. It is random, and not a password: those are
    /// guessed from one token (RFC 8725 §2.2).
    ///
    /// # Errors
    ///
    /// Another algorithm; fewer bytes than the hash has; a key in PEM, which everybody may know.
    pub fn secret(secret: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        if algorithm.family() != Family::Secret {
            return Err(Error::new(format!("a secret is for HS256, HS384 or HS512, not for {algorithm}")));
        }
        // What others verify RS256 with, taken for a secret of HS256, would let anybody sign.
        if memchr::memmem::find(secret, b"-----BEGIN").is_some() {
            return Err(Error::new(
                "the secret is a key in PEM, which is no secret: name an algorithm of such keys",
            ));
        }
        let (length, min) = (secret.len(), algorithm.min_secret());
        if length < min {
            return Err(Error::new(format!(
                "the secret has {length} bytes: {algorithm} takes {min} or more, at random"
            )));
        }
        let key = hmac::Key::new(algorithm.hmac(), secret);
        Ok(Self::new(algorithm, Material::Secret(key), secret))
    }

    /// A public key in PEM, as in `-----BEGIN PUBLIC KEY-----`. Of RSA the algorithm says which padding it is used with.
    ///
    /// # Errors
    ///
    /// No such key; one that is not of the algorithm, or too small.
    pub fn pem(pem: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| {
            Error::new("it is no public key in PEM: it begins with -----BEGIN PUBLIC KEY-----")
        })?;
        let key = PublicKey::read(&der)
            .ok_or_else(|| Error::new("the public key is none of RSA, P-256, P-384 or Ed25519"))?;
        match (key, algorithm.family()) {
            (PublicKey::Rsa { n, e }, Family::Rsa) => Self::rsa(n, e, algorithm).map_err(Error::new),
            (PublicKey::P256(point), Family::P256) | (PublicKey::P384(point), Family::P384) => {
                Self::point(point, algorithm).map_err(Error::new)
            }
            (PublicKey::Ed25519(point), Family::Ed25519) => Self::ed25519(point).map_err(Error::new),
            _ => Err(Error::new(format!("the public key is not one for {algorithm}"))),
        }
    }

    /// A key as a JSON Web Key (RFC 7517). Its algorithm is that of `alg`; a curve has but one, and RSA without `alg` is for
    /// RS256.
    ///
    /// # Errors
    ///
    /// No key that verifies; one that is too small.
    pub fn jwk(text: &[u8]) -> Result<Self, Error> {
        let value =
            serde_json::from_slice(text).map_err(|error| Error::new(format!("it is no JSON: {error}")))?;
        jwk::key(&value, Origin::File)
            .map_err(|reason| Error::new(format!("the JWK cannot be used: {reason}")))
    }

    /// The keys in a file: a public key in PEM, a JWK, a set of JWKs (RFC 7517 §5), or else the bytes of a secret, without
    /// the line end that an editor may have left. The algorithm is for PEM and secrets; a JWK brings its own.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or has no key that can be used; the message names it.
    pub fn file(path: &Path, algorithm: Option<Algorithm>) -> Result<Vec<Self>, Error> {
        let named = |error: &dyn fmt::Display| Error::new(format!("{}: {error}", path.display()));
        let content = fs::read(path).map_err(|error| named(&error))?;
        if content.trim_ascii_start().starts_with(b"{") {
            let set = Set::read(&content, Origin::File).map_err(|error| named(&error))?;
            return match set.skipped.first() {
                Some(reason) => Err(named(reason)),
                None => Ok(set.keys),
            };
        }
        let algorithm = algorithm.ok_or_else(|| named(&"name the algorithm that the key is for"))?;
        let key = if algorithm.family() == Family::Secret {
            let secret = content.strip_suffix(b"\n").unwrap_or(&content);
            Self::secret(secret.strip_suffix(b"\r").unwrap_or(secret), algorithm)
        } else {
            Self::pem(&content, algorithm)
        };
        Ok(vec![key.map_err(|error| named(&error))?])
    }

    /// Sets the identifier by which tokens name it. Default: none, in which case it is tried for any token of its algorithm.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The identifier.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it has made this signature of these bytes.
    pub(crate) fn has_signed(&self, signed: &[u8], signature: &[u8]) -> bool {
        match (&self.material, self.algorithm.in_biscuit()) {
            // One secret and one algorithm, of which the constructors know that they belong together: with others biscuit
            // panics.
            (Material::Biscuit(secret), Some(algorithm)) => {
                algorithm.verify(signature, signed, secret).is_ok()
            }
            // Biscuit would take the key apart for each token, which is a fifth of what hashing one takes.
            (Material::Secret(key), _) => hmac::verify(key, signed, signature).is_ok(),
            (Material::Ed25519(key), None) => {
                UnparsedPublicKey::new(&ED25519, key).verify(signed, signature).is_ok()
            }
            _ => false,
        }
    }

    fn new(algorithm: Algorithm, material: Material, bytes: &[u8]) -> Self {
        let mut print = [0; 32];
        print.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self { id: None, algorithm, material, print }
    }

    pub(crate) fn rsa(n: &[u8], e: &[u8], algorithm: Algorithm) -> Result<Self, &'static str> {
        let (n, e) = (der::unsigned(n), der::unsigned(e));
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        if !(2048..=8192).contains(&bits) {
            return Err("an RSA key has 2048 bits at least, and 8192 at most");
        }
        if !is_odd(n) || !is_odd(e) || e == [1] || e.len() > 4 {
            return Err("the RSA key has a modulus or an exponent that no such key has");
        }
        let der = der::rsa(n, e);
        Ok(Self::new(algorithm, Material::Biscuit(Secret::PublicKey(der.clone())), &der))
    }

    /// A point of a curve, as in SEC 1 §2.3.3, not compressed.
    pub(crate) fn point(point: &[u8], algorithm: Algorithm) -> Result<Self, &'static str> {
        let coordinate = if algorithm.family() == Family::P384 { 48 } else { 32 };
        if point.first() != Some(&4) || point.len() != 1 + 2 * coordinate {
            return Err("the point is not one of its curve, in the form that is not compressed");
        }
        Ok(Self::new(algorithm, Material::Biscuit(Secret::PublicKey(point.to_vec())), point))
    }

    pub(crate) fn ed25519(key: &[u8]) -> Result<Self, &'static str> {
        if key.len() != 32 {
            return Err("a key of Ed25519 has 32 bytes");
        }
        Ok(Self::new(Algorithm::EdDsa, Material::Ed25519(key.into()), key))
    }
}

/// By identifier, algorithm and material.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, self.algorithm, self.print) == (&other.id, other.algorithm, other.print)
    }
}

impl Eq for Key {}

/// Without the material.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
