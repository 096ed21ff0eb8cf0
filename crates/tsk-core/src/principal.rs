//! Who is calling.

use std::time::SystemTime;

/// The caller, as authentication established it.
///
/// Authentication writes it to the [`RequestContext`](crate::RequestContext); limits and the access log read
/// it. Roles and permissions are not part of it: they stay where access is decided.
///
/// ```
/// use tsk_core::{Principal, principal::Kind};
///
/// let caller = Principal::new("key_7f3a", Kind::ApiKey).tier("gold");
/// assert_eq!(caller.id(), "key_7f3a");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    id: Box<str>,
    kind: Kind,
    tier: Option<Box<str>>,
    expires: Option<SystemTime>,
}

/// How a principal proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A person.
    User,
    /// Another service.
    Service,
    /// The holder of an API key.
    ApiKey,
}

impl Principal {
    /// A principal with the identity `id`, unique among those of its kind.
    pub fn new(id: impl Into<Box<str>>, kind: Kind) -> Self {
        Self { id: id.into(), kind, tier: None, expires: None }
    }

    /// Sets the tier by which quotas differ, such as `gold`. Default: none.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<Box<str>>) -> Self {
        self.tier = Some(tier.into());
        self
    }

    /// Sets the moment after which the proof no longer holds; a long-lived socket must then prove it again
    /// or close. Default: never.
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// The identity, unique among principals of the same kind.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How the principal proved who it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The tier by which quotas differ.
    pub fn tier_name(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// The moment after which the proof no longer holds.
    pub fn expiry(&self) -> Option<SystemTime> {
        self.expires
    }
}
