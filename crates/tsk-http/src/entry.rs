//! The first thing that happens to a request.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Authority, Body, Drain, Peer, Proxies, RequestContext, RouteTable, Scope, budget::Budgets};

use crate::{
    Connection, Routes,
    layer::filter::{Filter, Refusal},
};

/// Matches the route and attaches the [`RequestContext`], so that everything further in knows both.
///
/// It is made for one connection.
#[derive(Debug, Clone)]
pub struct Entry<S> {
    inner: S,
    arrival: Arrival,
}

/// What an [`Entry`] does, as a filter: where others are next to it, a request need not be moved for it.
#[derive(Debug, Clone)]
pub struct Arrival {
    routes: Routes,
    /// Whether a header of a request tells its route.
    are_by_header: bool,
    scope: Arc<Scope>,
}

impl<S> Entry<S> {
    /// An entry for a connection, or for whoever is at its other end, where that is all that is known.
    pub fn new(inner: S, routes: Routes, connection: impl Into<Connection>) -> Self {
        Self { inner, arrival: Arrival::new(routes, connection) }
    }

    /// An entry that does what this does.
    pub fn arriving(inner: S, arrival: Arrival) -> Self {
        Self { inner, arrival }
    }

    /// Has what outlives a request, such as an event stream, end with the service.
    pub fn with_drain(self, drain: Drain) -> Self {
        Self { arrival: self.arrival.with_drain(drain), ..self }
    }
}

impl Arrival {
    /// A filter for a connection, or for whoever is at its other end, where that is all that is known.
    pub fn new(routes: Routes, connection: impl Into<Connection>) -> Self {
        let scope = Scope::new(Arc::clone(routes.shared_table()), Peer::default());
        let unknown = Self { are_by_header: routes.are_by_header(), routes, scope: Arc::new(scope) };
        unknown.on(connection)
    }

    /// The same for another connection.
    #[must_use]
    pub fn on(&self, connection: impl Into<Connection>) -> Self {
        let connection = connection.into();
        connection.shared().set_routes(&self.routes);
        let scope = self.scope.with_peer(connection.peer());
        #[cfg(feature = "tls")]
        let scope = scope.secured(connection.tls().is_some());
        let scope = Arc::new(scope.with_connection(Arc::new(connection)));
        Self { routes: self.routes.clone(), are_by_header: self.are_by_header, scope }
    }

    /// Has what outlives a request, such as an event stream, end with the service.
    pub fn with_drain(self, drain: Drain) -> Self {
        self.scoped(|scope| scope.with_drain(drain))
    }

    /// Believes these when they say for whom they speak.
    pub fn with_proxies(self, proxies: &Arc<Proxies>) -> Self {
        self.scoped(|scope| scope.with_proxies(proxies))
    }

    /// Has somebody say what a request may still cost.
    pub fn with_budgets(self, budgets: Arc<dyn Budgets>) -> Self {
        self.scoped(|scope| scope.with_budgets(budgets))
    }

    /// Has somebody say what callers may do.
    pub fn with_authority(self, authority: Arc<dyn Authority>) -> Self {
        self.scoped(|scope| scope.with_authority(authority))
    }

    /// What is known of the routes.
    pub fn table(&self) -> &Arc<RouteTable> {
        self.routes.shared_table()
    }

    fn scoped(mut self, with: impl FnOnce(Scope) -> Scope) -> Self {
        self.scope = Arc::new(with(Arc::unwrap_or_clone(self.scope)));
        self
    }

    #[inline]
    pub(crate) fn attach<'a, B>(&self, request: &'a mut Request<B>) -> &'a RequestContext {
        let (method, path) = (request.method(), request.uri().path());
        let (endpoint, params) = if self.are_by_header {
            self.routes.at_version(method, path, request.headers())
        } else {
            self.routes.at_path(method, path)
        };
        RequestContext::attach(request.extensions_mut(), &self.scope, endpoint, params)
    }
}

impl Filter for Arrival {
    type State = ();

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
        self.attach(request);
        Ok(())
    }

    #[inline]
    fn end(&self, (): &mut (), _: &mut Response<Body>) {}
}

impl<S, B> Service<Request<B>> for Entry<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.arrival.attach(&mut request);
        self.inner.call(request)
    }
}
