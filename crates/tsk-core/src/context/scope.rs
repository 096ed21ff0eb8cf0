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
    is_secure: bool,
    /// Whether the peer is believed when it says for whom it speaks.
    is_trusted: bool,
    service: Option<Arc<Service>>,
    connection: Option<Arc<dyn Any + Send + Sync>>,
}

/// What the connections of a service have in common: there is a scope for every idle client.
#[derive(Debug, Clone, Default)]
struct Service {
    proxies: Option<Arc<Proxies>>,
    budgets: Option<Arc<dyn Budgets>>,
    authority: Option<Arc<dyn Authority>>,
    drain: Option<Drain>,
}

impl Scope {
    /// The scope of a connection from `peer` to a service with these routes.
    pub fn new(routes: Arc<RouteTable>, peer: Peer) -> Self {
        Self { routes, peer, ..Self::default() }
    }

    /// The scope of another connection to the same service, from another peer.
    pub fn with_peer(&self, peer: Peer) -> Self {
        let (routes, service) = (Arc::clone(&self.routes), self.service.clone());
        Self { service, ..Self::new(routes, peer) }.trusting()
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
    pub fn with_drain(self, drain: Drain) -> Self {
        self.serviced(|service| service.drain = Some(drain))
    }

    /// The signal by which the service is told to stop, if the connection is served by one that can be.
    pub fn drain(&self) -> Option<&Drain> {
        self.service.as_ref()?.drain.as_ref()
    }

    /// Has the peer believed, if it is one of these, when it says for whom it speaks.
    pub fn with_proxies(self, proxies: &Arc<Proxies>) -> Self {
        self.serviced(|service| service.proxies = Some(Arc::clone(proxies))).trusting()
    }

    /// Whoever is believed when they say for whom they speak, where the peer is one of them.
    #[inline]
    pub(super) fn proxies(&self) -> Option<&Proxies> {
        if self.is_trusted { self.service.as_ref()?.proxies.as_deref() } else { None }
    }

    /// Whether the peer is believed when it says for whom it speaks. Who is not speaks for itself.
    #[inline]
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Has somebody say what a request may still cost.
    pub fn with_budgets(self, budgets: Arc<dyn Budgets>) -> Self {
        self.serviced(|service| service.budgets = Some(budgets))
    }

    pub(crate) fn budgets(&self) -> Option<&Arc<dyn Budgets>> {
        self.service.as_ref()?.budgets.as_ref()
    }

    /// Has somebody say what callers may do.
    pub fn with_authority(self, authority: Arc<dyn Authority>) -> Self {
        self.serviced(|service| service.authority = Some(authority))
    }

    /// Who says what callers may do, if anybody does.
    pub fn authority(&self) -> Option<&Arc<dyn Authority>> {
        self.service.as_ref()?.authority.as_ref()
    }

    fn serviced(mut self, set: impl FnOnce(&mut Service)) -> Self {
        set(Arc::make_mut(self.service.get_or_insert_default()));
        self
    }

    fn trusting(mut self) -> Self {
        let proxies = self.service.as_ref().and_then(|service| service.proxies.as_ref());
        self.is_trusted = proxies.is_some_and(|proxies| proxies.trust(self.peer));
        self
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
