//! The settings of a verifier.

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};
use tsk_core::Principal;

use super::{Cache, Claims, Grant, Identify, Inner, Issuer, Verifier};
use crate::{Error, access::Grants, jwt::caller};

/// The longest token that can be allowed for: longer ones do not fit into a head.
const MAX_LENGTH: usize = 64 * 1024;

/// How tokens are verified.
#[must_use]
pub struct Builder<C> {
    issuers: Vec<Issuer>,
    identify: Option<Identify<C>>,
    grants: Option<Grant<C>>,
    is_qualified: bool,
    max_length: usize,
    cache: u64,
}

impl<C: 'static> Builder<C> {
    pub(super) fn new() -> Self {
        Self {
            issuers: Vec::new(),
            identify: None,
            grants: None,
            is_qualified: false,
            max_length: 8 * 1024,
            cache: 16 * 1024 * 1024,
        }
    }

    /// Takes tokens of this issuer. May be called several times: a token is looked at by the one that it names, and by its
    /// keys alone.
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// How a caller is identified to limits and logs. Default: by `sub`, and with several issuers by `iss`, a space and
    /// `sub`; as a service where `sub` is `client_id`, else as a user; until `exp`.
    pub fn identify(mut self, identify: impl Fn(&Claims<C>) -> Principal + Send + Sync + 'static) -> Self {
        self.identify = Some(Box::new(identify));
        self
    }

    /// Has a caller be identified by `iss`, a space and `sub` although there is one issuer: where others are known by another
    /// scheme, and both may know the same `sub`. Default: not.
    pub fn qualified(mut self) -> Self {
        self.is_qualified = true;
        self
    }

    /// What a caller brings: roles and permissions. Default: each scope as a permission, and no roles.
    pub fn grants(mut self, grants: impl Fn(&Claims<C>) -> Grants + Send + Sync + 'static) -> Self {
        self.grants = Some(Box::new(grants));
        self
    }

    /// The longest token that is read, in bytes. Default: 8 KiB; at most 64 KiB.
    pub fn max_length(mut self, bytes: usize) -> Self {
        self.max_length = bytes;
        self
    }

    /// How much memory verified tokens may take, in bytes; 0 to remember none. Default: 16 MiB, which is some 4,000 tokens
    /// of a usual size, by a reckoning for claims that are kept as JSON.
    pub fn cache(mut self, bytes: u64) -> Self {
        self.cache = bytes;
        self
    }

    /// A verifier.
    ///
    /// # Errors
    ///
    /// No issuer, two of one name, or one without a name beside others; one without an audience; a length or a skew that is
    /// too large.
    pub fn build(self) -> Result<Verifier<C>, Error> {
        let Self { issuers, identify: own, grants, is_qualified, max_length, cache } = self;
        if issuers.is_empty() {
            return Err(Error::new("there is no issuer: nobody's token would be taken"));
        }
        for (index, issuer) in issuers.iter().enumerate() {
            issuer.validate()?;
            let is_twice = issuers[..index].iter().any(|other| other.name() == issuer.name());
            if is_twice || (issuers.len() > 1 && issuer.name().is_none()) {
                return Err(Error::new(
                    "of several issuers each has a name of its own: a token says which one it is from",
                ));
            }
        }
        if !(1..=MAX_LENGTH).contains(&max_length) {
            return Err(Error::new(format!(
                "the longest token is of {max_length} bytes: write 1 to {MAX_LENGTH}"
            )));
        }
        let is_qualified = is_qualified || issuers.len() > 1;
        let identify =
            own.unwrap_or_else(|| Box::new(move |claims: &Claims<C>| caller::identify(claims, is_qualified)));
        Ok(Verifier(Arc::new(Inner {
            issuers: issuers.into(),
            identify,
            grants: grants.unwrap_or_else(|| Box::new(caller::scopes)),
            max_length,
            cache: Cache::new(cache),
        })))
    }
}

impl Builder<Map<String, Value>> {
    /// Reads roles where the issuer puts them, beside the scopes as permissions: `roles`, say, or `realm_access.roles`. There
    /// is a text, or a list of texts; anything else is no role.
    pub fn roles_at(self, claim: &str) -> Self {
        self.grants(caller::with_roles_at(claim))
    }
}

impl<C> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("issuers", &self.issuers).finish_non_exhaustive()
    }
}
