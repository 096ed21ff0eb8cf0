//! The last thing that happens to a response.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderName, Request, Response, header};
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{Body, IntoResponse, Problem, RequestContext};

/// Answers for a service that panics, gives server errors the identifier of their request, and writes out the
/// cookies and the identifier that the context holds.
///
/// It belongs inside whatever must see every answer, such as observers and CORS.
#[derive(Debug, Clone)]
pub struct Exit<S> {
    inner: S,
    id_header: Option<HeaderName>,
}

impl<S> Exit<S> {
    /// An exit that writes the request's identifier to `id_header`, if there is one.
    pub fn new(inner: S, id_header: Option<HeaderName>) -> Self {
        Self { inner, id_header }
    }
}

impl<S, B, R> Service<Request<B>> for Exit<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Body>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ExitFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = RequestContext::ensure(request.extensions_mut());
        // What a panic leaves behind is dropped with the request; nothing reads it.
        let inner = catch_unwind(AssertUnwindSafe(|| self.inner.call(request))).ok();
        ExitFuture { inner, context, id_header: self.id_header.clone() }
    }
}

pin_project! {
    /// The answer of a service that an [`Exit`] answers for.
    #[must_use = "futures do nothing unless polled"]
    pub struct ExitFuture<F> {
        // Absent where the call itself panicked.
        #[pin]
        inner: Option<F>,
        context: RequestContext,
        id_header: Option<HeaderName>,
    }
}

impl<F, R, E> Future for ExitFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Body>,
{
    type Output = Result<Response<R>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = match this.inner.as_pin_mut() {
            Some(inner) => catch_unwind(AssertUnwindSafe(|| inner.poll(cx))).ok(),
            None => None,
        };
        let mut response = match polled {
            Some(poll) => ready!(poll)?,
            None => panicked(this.context).map(R::from),
        };
        if response.status().is_server_error() {
            Problem::complete(&mut response, || this.context.request_id().clone());
        }
        if let Some(name) = this.id_header.take() {
            response.headers_mut().insert(name, this.context.request_id().to_header());
        }
        for cookie in this.context.take_cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for ExitFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitFuture").field("context", &self.context).finish_non_exhaustive()
    }
}

// The panic hook has printed the message; the log gets what leads from the answer to it.
#[cold]
fn panicked(context: &RequestContext) -> Response<Body> {
    tracing::error!(request_id = %context.request_id(), endpoint = %context.endpoint(), "a handler panicked");
    Problem::internal("a handler panicked").into_response()
}
