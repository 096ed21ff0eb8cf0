//! Whom a request comes from, in a service that is not served by us.

use std::{
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Extensions, Request};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Params, Proxies, RequestContext, Scope};

/// Says whom a request comes from, in a service that is not served by us, where limits of addresses would otherwise take all
/// for one. It goes around all other layers of ours.
///
/// ```
/// use std::net::SocketAddr;
/// use axum::extract::ConnectInfo;
/// use tsk_ratelimit::PeerLayer;
///
/// let layer = PeerLayer::new(|extensions| extensions.get().map(|ConnectInfo(address)| *address));
/// # let _ = layer;
/// ```
#[derive(Debug, Clone)]
pub struct PeerLayer {
    peer: fn(&Extensions) -> Option<SocketAddr>,
    proxies: Arc<Proxies>,
}

impl PeerLayer {
    /// The address is what a function finds of it in the extensions of a request.
    pub fn new(peer: fn(&Extensions) -> Option<SocketAddr>) -> Self {
        Self { peer, proxies: Arc::default() }
    }

    /// Believes these when they say for whom they speak.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = Arc::new(proxies);
        self
    }
}

impl<S> Layer<S> for PeerLayer {
    type Service = Peered<S>;

    fn layer(&self, inner: S) -> Peered<S> {
        Peered { inner, layer: self.clone() }
    }
}

/// A service that is told whom a request comes from.
#[derive(Debug, Clone)]
pub struct Peered<S> {
    inner: S,
    layer: PeerLayer,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Peered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let extensions = request.extensions_mut();
        // What a server of ours knows stays as it is.
        if RequestContext::get(extensions).is_none()
            && let Some(address) = (self.layer.peer)(extensions)
        {
            let scope = Scope::new(Arc::default(), address.into()).with_proxies(&self.layer.proxies);
            RequestContext::attach(extensions, &Arc::new(scope), usize::MAX, Params::default());
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests;
