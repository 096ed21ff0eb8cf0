//! What is kept of a key.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use data_encoding::HEXLOWER;
use ring::digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use subtle::ConstantTimeEq as _;

use super::{Environment, Text};
use crate::access::Grants;

/// What is kept of a key: whose it is, what it is good for and until when, and a hash of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its identifier, which is part of it.
    pub id: Box<str>,
    /// What it is for.
    #[serde(default)]
    pub environment: Environment,
    /// What its holder calls it.
    pub name: Box<str>,
    /// Who is calling with it, for limits and logs.
    pub owner: Box<str>,
    /// By which quotas its owner has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Box<str>>,
    /// The permissions that it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Box<str>>,
    /// The roles that it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Box<str>>,
    /// Its hash.
    pub hash: Hash,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// Until when it holds, in seconds since 1970; for ever where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// When it was revoked, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<u64>,
    /// The one that it replaced, and until when that holds as well, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<(Hash, u64)>,
    /// When it was last used, in seconds since 1970, to about a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<u64>,
}

impl Record {
    /// Whether that is the key, or the one before within its grace, and holds at that time in seconds since 1970. It takes the
    /// same time whichever it is.
    pub(super) fn is(&self, hash: &Hash, now: u64) -> bool {
        let is_it = self.hash.equals(hash);
        let was_it =
            self.previous.as_ref().is_some_and(|(previous, until)| previous.equals(hash) & (now < *until));
        is_it | was_it
    }

    /// Whether it is at an end, at a time in seconds since 1970.
    pub(super) fn has_ended(&self, now: u64) -> bool {
        self.revoked.is_some() || self.expires.is_some_and(|expires| now >= expires)
    }

    /// Whether it is the other, whenever they were last used.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        *self == Self { last_used: self.last_used, ..other.clone() }
    }

    /// What its holder may do.
    pub(super) fn grants(&self) -> Grants {
        let scopes =
            self.scopes.iter().fold(Grants::default(), |grants, scope| grants.permission(scope.clone()));
        self.roles.iter().fold(scopes, |grants, role| grants.role(role.clone()))
    }

    /// Until when it holds.
    pub(super) fn expiry(&self) -> Option<SystemTime> {
        self.expires.and_then(|expires| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(expires)))
    }
}

/// The SHA-256 of a key. The secret in it has 190 bits, so that nobody finds it by trying, however fast a hash is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of a key.
    pub fn of(key: &Text) -> Self {
        let digest = digest::digest(&digest::SHA256, key.as_str().as_bytes());
        Self(digest.as_ref().try_into().expect("a SHA-256 has 32 bytes"))
    }

    fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(..)")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| D::Error::custom("a hash is of 64 digits of base 16, in lower case"))
    }
}
