//! How sessions are made.

use std::{fmt, sync::Arc, time::Duration};

use super::{Sessions, Store, cookie::Cookie, sessions::Settings};
use crate::{Error, audit::Audit, csrf::Guard};

/// How [`Sessions`] are made.
#[must_use]
pub struct Builder {
    store: Arc<dyn Store>,
    name: Box<str>,
    idle: Duration,
    absolute: Duration,
    values: usize,
    guard: Guard,
    is_plain: bool,
    audit: Audit,
}

impl Builder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            name: "session".into(),
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3600),
            values: 16 * 1024,
            guard: Guard::default(),
            is_plain: false,
            audit: Audit::default(),
        }
    }

    /// Sets the name of the cookie, without the `__Host-` that it begins with. Default: `session`.
    pub fn cookie(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets after how long a session ends that is not used. Default: 30 minutes.
    pub fn idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// Sets how long after the login a session ends in any case. Default: 12 hours.
    pub fn absolute(mut self, time: Duration) -> Self {
        self.absolute = time;
        self
    }

    /// Sets how many bytes the values of a session may have, with their names. Default: 16 KiB.
    pub fn values(mut self, bytes: usize) -> Self {
        self.values = bytes;
        self
    }

    /// Has pages of another origin change something as well, such as `https://admin.example.com`: browsers are to send them the
    /// cookie, and so they have to be of the same site.
    ///
    /// # Errors
    ///
    /// What is no origin, as a browser writes it.
    pub fn trust(mut self, origin: &str) -> Result<Self, Error> {
        self.guard = self.guard.trust(origin)?;
        Ok(self)
    }

    /// Gives the cookie over plain HTTP as well, without `__Host-` and `Secure`: **anybody on the way can take it, or plant
    /// another**. To try a service out where a browser would not keep it otherwise.
    pub fn over_plain_http(mut self) -> Self {
        self.is_plain = true;
        self.guard = self.guard.plain();
        self
    }

    /// Tells of logins, logouts and what is revoked. Default: nobody.
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// The sessions.
    ///
    /// # Errors
    ///
    /// A name that a cookie cannot have, an idle time of less than a second, or one beyond the absolute.
    pub fn build(self) -> Result<Sessions, Error> {
        let (idle, absolute) = (self.idle.as_secs(), self.absolute.as_secs());
        if idle == 0 || idle > absolute {
            return Err(Error::new(
                "a session holds for a second or more when it is not used, and no longer than in any case",
            ));
        }
        if self.is_plain {
            tracing::warn!("sessions are given over plain HTTP: anybody on the way can take them");
        }
        let cookie = Cookie::new(&self.name, self.is_plain)?;
        let settings =
            Settings { cookie, idle, absolute, values: self.values, guard: self.guard, audit: self.audit };
        Ok(Sessions::with(self.store, settings))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("store", &self.store)
            .field("name", &self.name)
            .field("idle", &self.idle)
            .field("absolute", &self.absolute)
            .finish_non_exhaustive()
    }
}
