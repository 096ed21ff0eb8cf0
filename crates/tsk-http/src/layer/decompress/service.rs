//! The tower service.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, header, request::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{IntoResponse, Problem, RequestContext};

use super::{DecompressLayer, DecompressedBody, Settings, is_exempt};

/// A service whose requests are decompressed.
#[derive(Debug, Clone)]
pub struct Decompress<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Decompress<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for Decompress<S>
where
    S: Service<Request<DecompressedBody<B>>, Response = Response<R>> + Clone,
    B: HttpBody,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = DecompressFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let state =
            if request.body().is_end_stream() || !request.headers().contains_key(header::CONTENT_ENCODING) {
                State::Running { future: self.inner.call(request.map(DecompressedBody::plain)) }
            } else {
                match self.settings.decoded(request) {
                    Ok(request) => State::Running { future: self.inner.call(request) },
                    Err(problem) => {
                        // What the service reserved when it became ready is given back by dropping it.
                        self.inner = self.inner.clone();
                        State::Refused { problem: Some(problem) }
                    }
                }
            };
        DecompressFuture { state }
    }
}

impl DecompressLayer {
    /// The body of a request as it was before, and the head without mention of how it came.
    pub(crate) fn body<B>(&self, parts: &mut Parts, body: B) -> Result<DecompressedBody<B>, Problem> {
        self.0.body(parts, body)
    }
}

impl Settings {
    #[cold]
    fn body<B>(&self, parts: &mut Parts, body: B) -> Result<DecompressedBody<B>, Problem> {
        let is_exempt = RequestContext::get(&parts.extensions).is_some_and(is_exempt);
        if !self.enabled || is_exempt {
            return Ok(DecompressedBody::plain(body));
        }
        Ok(match self.take_coding(&mut parts.headers)? {
            Some(coding) => DecompressedBody::decoded(body, coding, self.ratio),
            None => DecompressedBody::plain(body),
        })
    }

    fn decoded<B>(&self, request: Request<B>) -> Result<Request<DecompressedBody<B>>, Problem> {
        let (mut parts, body) = request.into_parts();
        let body = self.body(&mut parts, body)?;
        Ok(Request::from_parts(parts, body))
    }
}

pin_project! {
    /// The answer of a service whose requests are decompressed.
    #[must_use = "futures do nothing unless polled"]
    pub struct DecompressFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Running { #[pin] future: F },
        Refused { problem: Option<Problem> },
    }
}

impl<F, R, E> Future for DecompressFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = Result<Response<R>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Running { future } => future.poll(cx),
            StateProjection::Refused { problem } => {
                let problem = problem.take().expect("not polled after it was ready");
                Poll::Ready(Ok(answer(problem)))
            }
        }
    }
}

impl<F> fmt::Debug for DecompressFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecompressFuture")
    }
}

/// The answer in the service's stead, whatever its bodies are.
#[cold]
fn answer<R: From<Bytes>>(problem: Problem) -> Response<R> {
    // Serialising plain data to memory cannot fail; an empty body would still carry the status.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    problem.into_response().map(|_| Bytes::from(body).into())
}
