//! How tokens are signed.

use std::fmt;

use biscuit::jwa::SignatureAlgorithm;
use ring::hmac;

/// An algorithm of signatures (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// It is a property of a key and never of a token: what a token says of it is compared, not obeyed (RFC 8725 §3.1).
/// ES512 is not there, because ring has no P-521, and neither is `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// EdDSA on Ed25519.
    EdDsa,
}

/// What kind of key an algorithm takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Secret,
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Algorithm {
    /// All that there are.
    pub const ALL: [Self; 12] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name in a header, such as `RS256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name, to the letter. `Ed25519` is the newer name of EdDSA on that curve (RFC 9864 §2.2).
    pub fn named(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Hs256 | Self::Hs384 | Self::Hs512 => Family::Secret,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::P256,
            Self::Es384 => Family::P384,
            Self::EdDsa => Family::Ed25519,
        }
    }

    /// What a secret of it makes codes by; of what is no algorithm for secrets, the strongest.
    pub(crate) fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Hs256 => hmac::HMAC_SHA256,
            Self::Hs384 => hmac::HMAC_SHA384,
            _ => hmac::HMAC_SHA512,
        }
    }

    /// The bytes that a secret has at least: those of the hash (RFC 7518 §3.2).
    pub(crate) fn min_secret(self) -> usize {
        match self {
            Self::Hs384 => 48,
            Self::Hs512 => 64,
            _ => 32,
        }
    }

    /// As biscuit knows it; `None` for EdDSA, which it does not know.
    pub(crate) fn in_biscuit(self) -> Option<SignatureAlgorithm> {
        Some(match self {
            Self::Hs256 => SignatureAlgorithm::HS256,
            Self::Hs384 => SignatureAlgorithm::HS384,
            Self::Hs512 => SignatureAlgorithm::HS512,
            Self::Rs256 => SignatureAlgorithm::RS256,
            Self::Rs384 => SignatureAlgorithm::RS384,
            Self::Rs512 => SignatureAlgorithm::RS512,
            Self::Ps256 => SignatureAlgorithm::PS256,
            Self::Ps384 => SignatureAlgorithm::PS384,
            Self::Ps512 => SignatureAlgorithm::PS512,
            Self::Es256 => SignatureAlgorithm::ES256,
            Self::Es384 => SignatureAlgorithm::ES384,
            Self::EdDsa => return None,
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_to_the_letter() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::named(&algorithm.name().to_lowercase()), None);
        }
        for other in
            ["none", "None", "NONE", "nOnE", "", "ES512", "ES256K", "HS256 ", "HS256\0", "RSA1_5", "dir"]
        {
            assert_eq!(Algorithm::named(other), None, "{other:?}");
        }
        assert_eq!(Algorithm::named("Ed25519"), Some(Algorithm::EdDsa));
    }
}
