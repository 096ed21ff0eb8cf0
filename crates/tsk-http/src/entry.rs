//! The first thing that happens to a request.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use tower_service::Service;
use tsk_core::{Drain, Peer, RequestContext, Scope};

use crate::Routes;

/// Matches the route and attaches the [`RequestContext`], so that everything further in knows both.
///
/// It is made for one connection.
#[derive(Debug, Clone)]
pub struct Entry<S> {
    inner: S,
    routes: Routes,
    scope: Arc<Scope>,
}

impl<S> Entry<S> {
    /// An entry for a connection from `peer`.
    pub fn new(inner: S, routes: Routes, peer: Peer) -> Self {
        let scope = Arc::new(Scope::new(Arc::clone(routes.shared_table()), peer));
        Self { inner, routes, scope }
    }

    /// Has what outlives a request, such as an event stream, end with the service.
    pub fn with_drain(mut self, drain: Drain) -> Self {
        let scope = Scope::new(Arc::clone(self.routes.shared_table()), self.scope.peer());
        self.scope = Arc::new(scope.with_drain(drain));
        self
    }
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
        let (endpoint, params) = self.routes.at(request.method(), request.uri().path());
        RequestContext::attach(request.extensions_mut(), &self.scope, endpoint, params);
        self.inner.call(request)
    }
}
