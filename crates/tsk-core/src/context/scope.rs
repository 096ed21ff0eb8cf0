//! What the requests of one connection have in common.

use std::{any::Any, sync::Arc};

use crate::{Authority, Drain, Peer, Proxies, RouteTable, budget::Budgets};

/// What the requests of one connection have in common.
///
/// It exists once a connection, so that the reference count that each request touches stays with the core
/// that serves the connection.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub(super) routes: Arc<RouteTable>,
    pub(super) peer: Peer,
    /// Only where the peer is one of them.
    pub(super) proxies: Option<Arc<Proxies>>,
    pub(crate) budgets: Option<Arc<dyn Budgets>>,
    authority: Option<Arc<dyn Authority>>,
    is_secure: bool,
    drain: Option<Drain>,
    connection: Option<Arc<dyn Any + Send + Sync>>,
}

impl Scope {
    /// The scope of a connection from `peer` to a service with these routes.
    pub fn new(routes: Arc<RouteTable>, peer: Peer) -> Self {
        Self { routes, peer, ..Self::default() }
    }

    /// Says whether the connection is encrypted up to here.
    pub fn secured(mut self, is_secure: bool) -> Self {
        self.is_secure = is_secure;
        self
    }

    /// Whether the connection is encrypted up to here: of HTTP/1.1, no request says so itself.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Has what outlives a request, such as an event stream, end with the service.
    pub fn with_drain(mut self, drain: Drain) -> Self {
        self.drain = Some(drain);
        self
    }

    /// The signal by which the service is told to stop, if the connection is served by one that can be.
    pub fn drain(&self) -> Option<&Drain> {
        self.drain.as_ref()
    }

    /// Has the peer believed, if it is one of these, when it says for whom it speaks.
    pub fn with_proxies(mut self, proxies: &Arc<Proxies>) -> Self {
        self.proxies = proxies.trust(self.peer).then(|| Arc::clone(proxies));
        self
    }

    /// Has somebody say what a request may still cost.
    pub fn with_budgets(mut self, budgets: Arc<dyn Budgets>) -> Self {
        self.budgets = Some(budgets);
        self
    }

    /// Has somebody say what callers may do.
    pub fn with_authority(mut self, authority: Arc<dyn Authority>) -> Self {
        self.authority = Some(authority);
        self
    }

    /// Who says what callers may do, if anybody does.
    pub fn authority(&self) -> Option<&Arc<dyn Authority>> {
        self.authority.as_ref()
    }

    /// Keeps what else the server knows of the connection.
    pub fn with_connection(mut self, connection: Arc<dyn Any + Send + Sync>) -> Self {
        self.connection = Some(connection);
        self
    }

    /// What else the server knows of the connection, if it keeps a `T`.
    pub fn connection<T: Any>(&self) -> Option<&T> {
        self.connection.as_ref()?.downcast_ref()
    }

    /// The routes of the service.
    pub fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The other end of the connection.
    pub fn peer(&self) -> Peer {
        self.peer
    }
}
