//! The application's own middleware: plain async functions, and any tower layer.
//!
//! Both wrap a route, a group of routes, or the whole service. What they wrap is a [`Next`].
//!
//! ```
//! use http::{HeaderValue, Request, Response};
//! use tsk_http::{Body, Router, State, get, middleware::Next};
//!
//! async fn brand(State(name): State<&'static str>, request: Request<Body>, next: Next) -> Response<Body> {
//!     let mut response = next.run(request).await;
//!     response.headers_mut().insert("x-brand", HeaderValue::from_static(name));
//!     response
//! }
//!
//! let routes = Router::new().state("tsk").route(get("/", || async { "hello" })).middleware(brand).build()?;
//! # Ok::<(), tsk_http::Error>(())
//! ```

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Body, Gate};

use crate::{
    dispatch::{FilteredDispatch, GatedDispatch, Inner},
    handler::{Answering, Erased},
    layer::filter::Filter,
};

mod chain;
mod layered;

pub use chain::Chain;
pub use layered::{Layered, LayeredFuture};

/// What a middleware wraps: the middleware further in, and at last the handler.
///
/// It is a [`tower_service::Service`] that is always ready. A clone shares what it leads to.
#[derive(Debug, Clone)]
pub struct Next(pub(crate) Erased);

impl Next {
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn around<S: crate::handler::MountedService>(service: S) -> Self {
        Self(Erased::service(service, crate::handler::Mount::Whole))
    }

    /// Puts a filter around what it leads to, as its layer would; here a request is moved less for it.
    pub fn filtered<F: Filter>(self, filter: F) -> FilteredDispatch<F> {
        FilteredDispatch::new(Inner::Next(self), filter)
    }

    /// Puts a gate in front of what it leads to, if there is one, and filters around it and within.
    pub fn gated<O: Filter, G: Gate, I: Filter + Clone>(
        self,
        outer: O,
        gate: Option<G>,
        within: I,
    ) -> GatedDispatch<O, G, I> {
        GatedDispatch::new(Inner::Next(self), outer, gate, within)
    }

    /// Has the request answered.
    pub fn run(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static {
        self.begin(request)
    }

    #[inline]
    pub(crate) fn begin(&self, request: Request<Body>) -> Answering {
        let (parts, body) = request.into_parts();
        self.0.call(parts, body)
    }
}

impl Service<Request<Body>> for Next {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = NextFuture;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, request: Request<Body>) -> NextFuture {
        NextFuture { answering: self.begin(request) }
    }
}

/// The answer of what a middleware wraps.
#[must_use = "futures do nothing unless polled"]
pub struct NextFuture {
    answering: Answering,
}

impl Future for NextFuture {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answering.as_mut().poll(cx).map(Ok)
    }
}

impl fmt::Debug for NextFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NextFuture")
    }
}

/// A function that can wrap handlers: `async fn(A, B, …, Request<Body>, Next) -> R`.
///
/// The arguments before the request are those of a handler, [`FromParts`](tsk_core::FromParts), up to seven
/// of them. It answers with the response of [`Next::run`], changed or not, or with one of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a middleware",
    label = "not a function whose last arguments are `Request<Body>` and `Next`",
    note = "a middleware is an `async fn(A, B, …, Request<Body>, Next) -> R` that can be called again and again, from any thread; wrap with a tower layer by `layer`"
)]
pub trait Middleware<A>: Clone + Send + Sync + 'static {
    /// What the function returns.
    type Future;

    /// Calls it.
    fn call(&self, arguments: A, next: Next) -> Self::Future;
}

macro_rules! functions {
    ($($argument:ident)+) => {
        #[allow(non_snake_case, reason = "the type parameters name the arguments")]
        impl<F, R, $($argument,)+> Middleware<($($argument,)+)> for F
        where
            F: Fn($($argument,)+ Next) -> R + Clone + Send + Sync + 'static,
        {
            type Future = R;

            #[inline]
            fn call(&self, ($($argument,)+): ($($argument,)+), next: Next) -> R {
                self($($argument,)+ next)
            }
        }
    };
}
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E G);
functions!(A B C D E G H);
functions!(A B C D E G H I);

#[cfg(test)]
mod tests;
