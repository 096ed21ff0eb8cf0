//! What pages of other origins may ask, and read: CORS, as the Fetch standard has it (§3.3).
//!
//! A browser keeps a page from reading what another origin answers, unless the answer allows it. This layer says so,
//! and answers the *preflight* by which the browser asks beforehand whether it may send what a form could not.
//!
//! It holds nobody off: whoever is no browser sends what it likes, and browsers send simple requests without
//! asking. Who may do what is for authentication to say.
//!
//! ```
//! use tsk_http::layer::cors::{Config, CorsLayer};
//!
//! let layer = CorsLayer::new(&Config {
//!     origins: vec!["https://app.example.com".into()],
//!     credentials: true,
//!     ..Config::default()
//! })?;
//! # let app = tsk_http::Router::new().build()?.service(tsk_core::Peer::Local);
//! # let _ = tower_layer::Layer::layer(&layer, app);
//! # Ok::<(), tsk_http::Error>(())
//! ```

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, header};
use tower_layer::Layer;
use tsk_core::Body;

mod config;
mod origins;
mod policy;
mod preflight;

pub use config::Config;
use origins::Grant;
use policy::Policy;

use super::filter::{Filter, FilterLayer, Filtered, Refusal};
use crate::{Error, Routes};

/// Answers preflights, and allows what a [`Config`] allows.
///
/// It belongs outside [`Exit`](crate::Exit), so that a page can read errors too.
#[derive(Debug, Clone)]
pub struct CorsLayer {
    // `None` where no origin is allowed anything.
    policy: Option<Arc<Policy>>,
    routes: Option<Routes>,
}

impl CorsLayer {
    /// A layer that allows what `config` says: nothing, where it names no origin.
    ///
    /// # Errors
    ///
    /// A name that no browser would ever send, and combinations that browsers refuse, or that would allow
    /// every site to act as the user.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self { policy: Policy::new(config)?.map(Arc::new), routes: None })
    }

    /// Allows for each path the methods that it has in `routes`, unless the configuration lists methods, and the header that
    /// names a version, if one does.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        // Before it is shared with a service, nobody else has it.
        if let (Some(name), Some(policy)) =
            (routes.version_header(), self.policy.as_mut().and_then(Arc::get_mut))
        {
            policy.headers.add(name);
        }
        self.routes = Some(routes);
        self
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Filtered<S, Self>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

impl Filter for CorsLayer {
    /// What the origin may have; the outer is `None` where no origin is allowed anything.
    type State = Option<Option<Grant>>;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, grant: &mut Self::State) -> Result<(), Refusal> {
        if let Some(policy) = &self.policy {
            *grant = Some(self.grant(policy, request)?);
        }
        Ok(())
    }

    #[inline]
    fn end(&self, grant: &mut Self::State, response: &mut Response<Body>) {
        if let (Some(policy), Some(grant)) = (&self.policy, grant) {
            policy.allow(response.headers_mut(), grant.as_ref());
        }
    }
}

impl CorsLayer {
    // Out of line, as most services allow nobody anything.
    #[inline(never)]
    fn grant<B>(&self, policy: &Policy, request: &Request<B>) -> Result<Option<Grant>, Refusal> {
        if is_preflight(request) {
            return Err(self.preflight(policy, request));
        }
        Ok(policy.origins.grant(request.headers().get(header::ORIGIN)))
    }

    fn preflight<B>(&self, policy: &Policy, request: &Request<B>) -> Refusal {
        let declared = self.routes.as_ref().and_then(|routes| routes.declared(request.uri().path()));
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.headers_mut() = policy.preflight(request.headers(), declared);
        Box::new(response)
    }
}

/// A CORS-preflight request (Fetch §3.3.2). Any other `OPTIONS` is the service's to answer.
#[inline]
fn is_preflight<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    *request.method() == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests;
