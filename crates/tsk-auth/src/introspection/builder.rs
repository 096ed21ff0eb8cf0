//! The settings of introspection.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::{sync::Semaphore, time::Instant};
use tsk_core::Principal;

use super::{
    Introspection,
    answer::Rules,
    flights::Flights,
    guesses::Guesses,
    inquiry::{Grant, Identify, Inner},
    memory::Memory,
    pace::Pace,
};
use crate::{
    Error,
    access::Grants,
    bearer::Realm,
    jwt::{Claims, caller},
    oauth::Server,
};

/// The longest that what was said is believed: a token that is revoked is good for so long.
const MAX_KEEP: Duration = Duration::from_secs(600);
/// The longest token that can be allowed for: longer ones do not fit into a head.
const MAX_LENGTH: usize = 64 * 1024;

/// How tokens are asked about.
#[must_use]
pub struct Builder<C> {
    server: Server,
    issuer: Option<Box<str>>,
    audience: Vec<Box<str>>,
    is_any_audience: bool,
    skew: Duration,
    identify: Option<Identify<C>>,
    grants: Option<Grant<C>>,
    is_qualified: bool,
    realm: Realm,
    max_length: usize,
    keep: Duration,
    keep_refused: Duration,
    cache: u64,
    max_asked: usize,
}

impl<C: 'static> Builder<C> {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            issuer: None,
            audience: Vec::new(),
            is_any_audience: false,
            skew: Duration::from_secs(30),
            identify: None,
            grants: None,
            is_qualified: false,
            realm: Realm::default(),
            max_length: 4 * 1024,
            keep: Duration::from_secs(60),
            keep_refused: Duration::from_secs(5),
            cache: 16 * 1024 * 1024,
            max_asked: 64,
        }
    }

    /// What `iss` has to be, to the letter. Default: it is not looked at, as nobody else is asked.
    pub fn issuer(mut self, issuer: impl Into<Box<str>>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// A name of this service, one of which has to be in `aud` to the letter. May be called several times.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Takes every token that the server calls good. It knows who asks, and may call one for another service not good (RFC 7662
    /// §2.2); if it does not, whoever gets such a one can use it here.
    pub fn any_audience(mut self) -> Self {
        self.is_any_audience = true;
        self
    }

    /// How much earlier than its `nbf` a token may come, as clocks differ. For its end the clock of this service counts.
    /// Default: 30 s; at most 5 min.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// How a caller is identified to limits and logs. Default: by `sub`, or else by `client_id`; as a service where it is the
    /// client, else as a user; until `exp`.
    pub fn identify(mut self, identify: impl Fn(&Claims<C>) -> Principal + Send + Sync + 'static) -> Self {
        self.identify = Some(Box::new(identify));
        self
    }

    /// Has a caller be identified by `iss`, a space and `sub`: where others are known by another scheme, and both may know the
    /// same `sub`. Asks for an [`issuer`](Self::issuer). Default: not.
    pub fn qualified(mut self) -> Self {
        self.is_qualified = true;
        self
    }

    /// What a caller brings: roles and permissions. Default: each scope as a permission, and no roles.
    pub fn grants(mut self, grants: impl Fn(&Claims<C>) -> Grants + Send + Sync + 'static) -> Self {
        self.grants = Some(Box::new(grants));
        self
    }

    /// Sets the name under which clients keep the token (RFC 9110 §11.5). Default: none.
    ///
    /// # Errors
    ///
    /// A name that a header cannot have.
    pub fn realm(mut self, realm: &str) -> Result<Self, Error> {
        self.realm = Realm::new(realm)?;
        Ok(self)
    }

    /// The longest token that is asked about, in bytes. Default: 4 KiB; at most 64 KiB.
    pub fn max_length(mut self, bytes: usize) -> Self {
        self.max_length = bytes;
        self
    }

    /// How long it is believed that a token is good, if it does not end before: one that is revoked is good for so long.
    /// Default: 1 min; at most 10 min.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long it is believed that a token is not good. Default: 5 s; at most 10 min.
    pub fn keep_refused(mut self, keep: Duration) -> Self {
        self.keep_refused = keep;
        self
    }

    /// How much memory good tokens may take, in bytes; 0 to remember none. Default: 16 MiB.
    pub fn cache(mut self, bytes: u64) -> Self {
        self.cache = bytes;
        self
    }

    /// How many questions there are at a time. Default: 64.
    pub fn max_asked(mut self, questions: usize) -> Self {
        self.max_asked = questions;
        self
    }

    /// The scheme.
    ///
    /// # Errors
    ///
    /// No audience and no word that any will do; a length, a time or a number that cannot be; a system without randomness.
    pub fn build(self) -> Result<Introspection<C>, Error> {
        self.validate()?;
        let is_qualified = self.is_qualified;
        let identify =
            self.identify.unwrap_or_else(|| Box::new(move |claims| caller::identify(claims, is_qualified)));
        Ok(Introspection(Arc::new(Inner {
            rules: Rules { issuer: self.issuer, audience: self.audience.into(), skew: self.skew },
            identify,
            grants: self.grants.unwrap_or_else(|| Box::new(caller::scopes)),
            realm: self.realm,
            max_length: self.max_length,
            keep: self.keep,
            keep_refused: self.keep_refused,
            memory: Memory::new(self.cache)?,
            flights: Flights::default(),
            pace: Mutex::new(Pace::new(self.server.patience())),
            guesses: Guesses::new(Instant::now().into_std()),
            asking: Semaphore::new(self.max_asked),
            server: self.server,
        })))
    }

    fn validate(&self) -> Result<(), Error> {
        let wrong = |reason: &str| Err(Error::new(reason));
        if self.audience.is_empty() != self.is_any_audience {
            return wrong(
                "name the `audience` of tokens, or say `any_audience` and take those for other services too",
            );
        }
        if self.audience.iter().chain(&self.issuer).any(|name| name.is_empty()) {
            return wrong("an audience or the issuer is empty");
        }
        if self.is_qualified && self.issuer.is_none() {
            return wrong(
                "name the `issuer`: others are known by another scheme, and both may know the same `sub`",
            );
        }
        if self.skew > Duration::from_secs(300) {
            return wrong("the skew is more than 5 min: set the clocks");
        }
        if self.keep > MAX_KEEP || self.keep_refused > MAX_KEEP {
            return wrong(
                "what was said is kept for more than 10 min: for so long a token could not be revoked",
            );
        }
        if !(1..=MAX_LENGTH).contains(&self.max_length) {
            return wrong("the longest token is of 1 to 65536 bytes");
        }
        if !(1..=Semaphore::MAX_PERMITS).contains(&self.max_asked) {
            return wrong("there is one question at a time at least");
        }
        Ok(())
    }
}

impl Builder<Map<String, Value>> {
    /// Reads roles where the server puts them, beside the scopes as permissions: `roles`, say, or `realm_access.roles`. There
    /// is a text, or a list of texts; anything else is no role.
    pub fn roles_at(self, claim: &str) -> Self {
        self.grants(caller::with_roles_at(claim))
    }
}

impl<C> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("server", &self.server).finish_non_exhaustive()
    }
}
