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
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{BindError, Body, IntoResponse};

use crate::{
    Error, Routes,
    handler::{Answering, Arguments, Erased, MountedService},
    router,
};

mod layered;

pub use layered::{Layered, LayeredFuture};

/// What a middleware wraps: the middleware further in, and at last the handler.
///
/// It is a [`tower_service::Service`] that is always ready. A clone shares what it leads to.
#[derive(Debug, Clone)]
pub struct Next(pub(crate) Erased);

impl Next {
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn around<S: MountedService>(service: S) -> Self {
        Self(Erased::service(service, 0))
    }

    /// Has the request answered.
    pub fn run(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static {
        self.begin(request)
    }

    #[inline]
    fn begin(&self, request: Request<Body>) -> Answering {
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

/// Middleware, in the order in which it was declared: each wraps what was declared before it.
///
/// ```
/// use tsk_http::middleware::Chain;
/// # use tower_layer::Identity;
///
/// let chain = Chain::default().layer(Identity::new());
/// assert!(!chain.is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn Fn(Erased) -> Erased + Send + Sync>>);

impl Chain {
    /// Adds a tower layer.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.0.push(Arc::new(move |inner| Erased::layered(layer.layer(Next(inner.clone())), inner)));
        self
    }

    /// Adds an async function.
    #[must_use]
    pub fn middleware<F, A, M>(mut self, function: F) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.0.push(Arc::new(move |inner| Erased::middleware(function.clone(), Next(inner))));
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Wraps a service, which stays as it is where there is nothing to wrap it with.
    ///
    /// Where there is, the service is called through one boxed future for each middleware.
    pub fn around<S: MountedService>(&self, service: S) -> Layered<S> {
        if self.is_empty() { Layered::Plain(service) } else { Layered::Wrapped(self.next(service)) }
    }

    /// What leads through the middleware to a service, whose type is forgotten.
    pub fn next<S: MountedService>(&self, service: S) -> Next {
        Next(self.wrap(Erased::service(service, 0)))
    }

    /// Checks that the shared values which the functions ask for are there.
    ///
    /// # Errors
    ///
    /// Every value that is missing, by its type.
    pub fn check(&self, routes: &Routes) -> Result<(), Error> {
        let wrapped = self.wrap(Erased::handler(|| async {}));
        let mut faults = BindError::default();
        let who = || "a middleware of the service".into();
        router::require(&wrapped, routes.table().state(), who, &mut faults);
        faults.into_result().map_err(Error::from)
    }

    pub(crate) fn wrap(&self, handler: Erased) -> Erased {
        self.0.iter().fold(handler, |inner, wrap| wrap(inner))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chain").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests;
