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

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

mod config;
mod origins;
mod policy;
mod preflight;

pub use config::Config;
use origins::Grant;
use policy::Policy;

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

    /// Allows for each path the methods that it has in `routes`, unless the configuration lists methods.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        self.routes = Some(routes);
        self
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let plan = self.policy.as_ref().map(|policy| {
            // Of its own, so that the count that each request touches is not every core's.
            Arc::new(Plan { policy: Arc::clone(policy), routes: self.routes.clone() })
        });
        Cors { inner, plan }
    }
}

/// What the requests of one service share.
#[derive(Debug)]
struct Plan {
    policy: Arc<Policy>,
    routes: Option<Routes>,
}

impl Plan {
    fn preflight<B>(&self, request: &Request<B>) -> HeaderMap {
        let declared = self.routes.as_ref().and_then(|routes| routes.declared(request.uri().path()));
        self.policy.preflight(request.headers(), declared)
    }
}

/// A service that pages of other origins may use.
#[derive(Debug, Clone)]
pub struct Cors<S> {
    inner: S,
    plan: Option<Arc<Plan>>,
}

impl<S, B, R> Service<Request<B>> for Cors<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut allowed = None;
        if let Some(plan) = &self.plan {
            if is_preflight(&request) {
                let headers = Some(Box::new(plan.preflight(&request)));
                // What the service reserved when it became ready is given back by dropping it.
                self.inner = self.inner.clone();
                return CorsFuture { state: State::Preflight { headers } };
            }
            let grant = plan.policy.origins.grant(request.headers().get(header::ORIGIN));
            allowed = Some((Arc::clone(plan), grant));
        }
        CorsFuture { state: State::Running { inner: self.inner.call(request), allowed } }
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

pin_project! {
    /// The answer of a service with [`Cors`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Running { #[pin] inner: F, allowed: Option<(Arc<Plan>, Option<Grant>)> },
        Preflight { headers: Option<Box<HeaderMap>> },
    }
}

impl<F, R, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Default,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Running { inner, allowed } => {
                let mut polled = inner.poll(cx);
                if let (Poll::Ready(Ok(response)), Some((plan, grant))) = (&mut polled, allowed) {
                    plan.policy.allow(response.headers_mut(), grant.as_ref());
                }
                polled
            }
            StateProjection::Preflight { headers } => {
                let mut response = Response::new(R::default());
                *response.status_mut() = StatusCode::NO_CONTENT;
                *response.headers_mut() = *headers.take().expect("not polled after it was ready");
                Poll::Ready(Ok(response))
            }
        }
    }
}

impl<F> fmt::Debug for CorsFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CorsFuture")
    }
}

#[cfg(test)]
mod tests;
