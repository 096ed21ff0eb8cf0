//! The last thing that happens to a response.

use std::{
    error::Error as _,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderName, Method, Request, Response, StatusCode, header};
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{Body, IntoResponse, Problem, RequestContext};

use crate::answer::DrainSlot;

/// Answers for a service that panics, gives server errors the identifier of their request, writes out the
/// cookies and the identifier that the context holds, tells an answer that goes on which drain ends it, and takes
/// the body off an answer that may not have one.
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
    R: http_body::Body + From<Body>,
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
        let is_head = request.method() == Method::HEAD;
        // What a panic leaves behind is dropped with the request; nothing reads it.
        let inner = catch_unwind(AssertUnwindSafe(|| self.inner.call(request))).ok();
        ExitFuture { inner, context, is_head, id_header: self.id_header.clone() }
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
        is_head: bool,
        id_header: Option<HeaderName>,
    }
}

impl<F, R, E> Future for ExitFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: http_body::Body + From<Body>,
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
            None => panicked().map(R::from),
        };
        if response.status().is_server_error() {
            report(&response, this.context);
            Problem::complete(&mut response, || this.context.request_id().clone());
        }
        if let Some(name) = this.id_header.take() {
            response.headers_mut().insert(name, this.context.request_id().to_header());
        }
        for cookie in this.context.take_cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        if let Some(slot) = response.extensions().get::<DrainSlot>()
            && let Some(drain) = this.context.scope().drain()
        {
            slot.fill(drain);
        }
        if *this.is_head || is_bodiless(response.status()) {
            take_body(&mut response);
        }
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for ExitFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitFuture").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Whether a status forbids a body (RFC 9110 §6.4.1). A switch of protocols has one: what follows it.
fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The answer to `HEAD` has the header fields of the answer to `GET` (RFC 9110 §9.3.2).
fn take_body<R: http_body::Body + From<Body>>(response: &mut Response<R>) {
    let body = std::mem::replace(response.body_mut(), Body::empty().into());
    if let Some(length) = body.size_hint().exact()
        && !is_bodiless(response.status())
    {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
}

// The panic hook has printed the message, and where it came from.
#[cold]
fn panicked() -> Response<Body> {
    Problem::internal("the handler panicked").into_response()
}

/// Tells the log what the client is not told: the reason, under the identifier that the client is given.
#[cold]
fn report<R>(response: &Response<R>, context: &RequestContext) {
    let reason = response.extensions().get::<Problem>().and_then(|problem| problem.source());
    tracing::error!(
        request_id = %context.request_id(),
        endpoint = %context.endpoint(),
        status = response.status().as_u16(),
        reason = reason.map(tracing::field::display),
        "a request failed"
    );
}
