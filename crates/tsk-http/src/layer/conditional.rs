//! Conditional requests (RFC 9110 §13) for what handlers give: 304 for who has it already, 412 for who counts on another
//! state.
//!
//! A handler gives its answer an `ETag`, a `Last-Modified`, or both, and need not look at the request:
//!
//! ```
//! use tower_layer::Layer;
//! use tsk_http::layer::conditional::ConditionalLayer;
//! use tsk_http::{Dispatch, ETag, Entry, Router, get};
//!
//! let article = || async { ([ETag::version(7).into()], "what it says") };
//! let routes = Router::new().route(get("/article", article)).build()?;
//! let service = ConditionalLayer::new().layer(Dispatch::new(routes.clone(), 1 << 20));
//! let service = Entry::new(service, routes, tsk_core::Peer::Local);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! It weighs `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since`, in the order of §13.2.2, against
//! an answer to GET or HEAD that is a success and has a validator. Of a request that changes something nothing is
//! weighed here, since the handler has acted by then: it takes [`Preconditions`] and asks before.
//!
//! The layer saves what is sent, not what the handler does. It belongs outside
//! [compression](crate::layer::compress), whose answers have another tag, and whose 304 must say so.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::Problem;

use super::content;
use crate::conditional::{Preconditions, Validators, Verdict};

mod tag;

pub use tag::tag_content;

/// Answers conditional requests for a service that gives its answers validators.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ConditionalLayer;

impl ConditionalLayer {
    /// There is nothing to set.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for ConditionalLayer {
    type Service = Conditional<S>;

    fn layer(&self, inner: S) -> Conditional<S> {
        Conditional { inner }
    }
}

/// A service whose conditional requests are answered for it.
#[derive(Debug, Clone)]
pub struct Conditional<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Conditional<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ConditionalFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_conditional = is_read && CONDITIONS.iter().any(|name| request.headers().contains_key(name));
        let preconditions =
            is_conditional.then(|| Box::new(Preconditions::of(request.method(), request.headers())));
        ConditionalFuture { inner: self.inner.call(request), preconditions }
    }
}

const CONDITIONS: [HeaderName; 4] =
    [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_MATCH, header::IF_UNMODIFIED_SINCE];

pin_project! {
    /// The answer of a service whose conditional requests are answered for it.
    #[must_use = "futures do nothing unless polled"]
    pub struct ConditionalFuture<F> {
        #[pin]
        inner: F,
        // Boxed, because it is rare, and the future is moved for every request.
        preconditions: Option<Box<Preconditions>>,
    }
}

impl<F, R, E> Future for ConditionalFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = Result<Response<R>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(match this.preconditions.take() {
            Some(preconditions) if response.status().is_success() => judged(&preconditions, response),
            _ => response,
        }))
    }
}

impl<F> fmt::Debug for ConditionalFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConditionalFuture")
    }
}

#[cold]
fn judged<R: From<Bytes>>(preconditions: &Preconditions, mut response: Response<R>) -> Response<R> {
    let current = Validators::of(response.headers());
    if current == Validators::default() {
        return response;
    }
    match preconditions.judge(Some(&current)) {
        Verdict::Proceed => response,
        Verdict::NotModified => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Bytes::new().into();
            strip(response.headers_mut());
            response
        }
        Verdict::Failed => content::answer(
            Problem::new(StatusCode::PRECONDITION_FAILED)
                .detail("The resource is not in the state that the request counts on."),
        ),
    }
}

/// What a 304 should not have: it is about the content of an answer that the client has, head and all (§15.4.5). The
/// date of the last change is for who has no tag.
fn strip(headers: &mut HeaderMap) {
    const ABOUT_CONTENT: [HeaderName; 8] = [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
        header::CONTENT_RANGE,
        header::ACCEPT_RANGES,
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("repr-digest"),
    ];
    for name in ABOUT_CONTENT {
        headers.remove(name);
    }
    if headers.contains_key(header::ETAG) {
        headers.remove(header::LAST_MODIFIED);
    }
}

#[cfg(test)]
mod tests;
