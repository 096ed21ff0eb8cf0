//! How the gate is made.

use std::{fmt, sync::Arc};

use http::HeaderValue;

use super::Auth;
use crate::{
    Error, Scheme,
    access::{Access, Demand, Plan, Roles},
    audit::Audit,
    login,
    session::Sessions,
};

/// How an [`Auth`] is made.
#[must_use]
pub struct Builder {
    pub(super) schemes: Vec<Box<dyn Scheme>>,
    pub(super) roles: Roles,
    pub(super) demands: Vec<Demand>,
    pub(super) unmatched: Access,
    pub(super) login: Option<HeaderValue>,
    sessions: Option<Sessions>,
    pub(super) audit: Audit,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            schemes: Vec::new(),
            roles: Roles::default(),
            demands: Vec::new(),
            unmatched: Access::authenticated(),
            login: None,
            sessions: None,
            audit: Audit::default(),
        }
    }

    /// Adds a way in which callers prove who they are, after those that are there.
    pub fn scheme(mut self, scheme: impl Scheme) -> Self {
        self.schemes.push(Box::new(scheme));
        self
    }

    /// Adds sessions, as [`scheme`](Self::scheme) would, of which whoever makes the service finds out by
    /// [`given_sessions`](Self::given_sessions): the facade gives them to its router, so that handlers have
    /// [`Session`](crate::session::Session). A second call takes the place of the first for those.
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions.clone());
        self.scheme(sessions)
    }

    /// The sessions that were added by [`sessions`](Self::sessions).
    pub fn given_sessions(&self) -> Option<&Sessions> {
        self.sessions.as_ref()
    }

    /// Sets what roles permit. Default: there are none.
    pub fn roles(mut self, roles: Roles) -> Self {
        self.roles = roles;
        self
    }

    /// Demands something of routes in addition to what they declare.
    pub fn demand(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    /// Sets who is answered that there is no such route, or by the fallback. Default: those of whom it is known who they are.
    pub fn unmatched(mut self, access: impl Into<Access>) -> Self {
        self.unmatched = access.into();
        self
    }

    /// Sends browsers to this path to log in, with 303, where others are answered with 401. Default: nobody is.
    ///
    /// # Errors
    ///
    /// What is no path of this service.
    pub fn login(mut self, path: &str) -> Result<Self, Error> {
        if !login::is_path(path) {
            return Err(Error::new(format!(
                "{path:?} is no path of this service: write one such as \"/login\""
            )));
        }
        self.login = HeaderValue::from_str(path).ok();
        Ok(self)
    }

    /// Tells of those who are refused. Default: nobody.
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// A gate that demands the same of every request: for a service whose routes are not ours, or a part of it.
    pub fn everywhere(self, access: impl Into<Access>) -> Auth {
        Auth { settings: Arc::new(self), plan: Plan::Same(Arc::new(access.into())) }
    }

    /// A gate, which lets nobody in before it is bound to the routes.
    pub fn build(self) -> Auth {
        Auth { settings: Arc::new(self), plan: Plan::default() }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<_> = self.schemes.iter().map(|scheme| scheme.document().0).collect();
        f.debug_struct("Builder")
            .field("schemes", &schemes)
            .field("demands", &self.demands)
            .field("unmatched", &self.unmatched)
            .finish_non_exhaustive()
    }
}
