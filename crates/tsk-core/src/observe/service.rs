//! The tower adapter of observers.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{Answer, Observe};
use crate::{End, Head, Outcome, RequestContext};

/// Puts an [`Observe`] around a service.
#[derive(Debug, Clone)]
pub struct ObserveLayer<O>(O);

impl<O: Observe + Clone> ObserveLayer<O> {
    /// A layer for `observer`, which is cloned once for each request: share an expensive one by `Arc`.
    pub fn new(observer: O) -> Self {
        Self(observer)
    }
}

impl<S, O: Clone> Layer<S> for ObserveLayer<O> {
    type Service = Observed<S, O>;

    fn layer(&self, inner: S) -> Self::Service {
        Observed { inner, observer: self.0.clone() }
    }
}

/// A service that is observed.
#[derive(Debug, Clone)]
pub struct Observed<S, O> {
    inner: S,
    observer: O,
}

impl<S, O, B, R> Service<Request<B>> for Observed<S, O>
where
    S: Service<Request<B>, Response = Response<R>>,
    O: Observe + Clone,
    R: HttpBody,
{
    type Response = Response<ObservedBody<R, O>>;
    type Error = S::Error;
    type Future = ObservedFuture<S::Future, O>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mut running =
            self.observer.is_active().then(|| Box::new(Running::begin(&self.observer, &mut request)));
        let guard = running.as_deref_mut().map(Running::enter);
        let inner = self.inner.call(request);
        drop(guard);
        if let Some(running) = &mut running {
            running.inside = false;
        }
        ObservedFuture { inner, running }
    }
}

pin_project! {
    /// The answer of an observed service.
    #[must_use = "futures do nothing unless polled"]
    pub struct ObservedFuture<F, O: Observe> {
        #[pin]
        inner: F,
        // Boxed, because it is large and goes with the future, the answer and its body, all of which are moved.
        running: Option<Box<Running<O>>>,
    }
}

impl<F, O, R, E> Future for ObservedFuture<F, O>
where
    F: Future<Output = Result<Response<R>, E>>,
    O: Observe,
    R: HttpBody,
{
    type Output = Result<Response<ObservedBody<R, O>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = {
            let _guard = this.running.as_deref_mut().map(Running::enter);
            this.inner.poll(cx)
        };
        if let Some(running) = this.running {
            running.inside = false;
            match &polled {
                Poll::Pending => {}
                Poll::Ready(Ok(response)) => running.answered(response),
                Poll::Ready(Err(_)) => running.end(End::Failed),
            }
        }
        // It becomes another where it is returned, and not before, when it would have to be moved there.
        polled.map_ok(|response| {
            let running = this.running.take();
            response.map(|body| ObservedBody { body, running })
        })
    }
}

impl<F, O: Observe> fmt::Debug for ObservedFuture<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedFuture")
    }
}

pin_project! {
    /// A response body whose end is observed.
    pub struct ObservedBody<B, O: Observe> {
        #[pin]
        body: B,
        running: Option<Box<Running<O>>>,
    }
}

impl<B: HttpBody, O: Observe> HttpBody for ObservedBody<B, O>
where
    B::Data: bytes::Buf,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        if let Some(running) = this.running {
            running.inside = true;
        }
        let frame = this.body.as_mut().poll_frame(cx);
        if let Some(running) = this.running {
            running.inside = false;
            match &frame {
                Poll::Pending => {}
                Poll::Ready(Some(Ok(frame))) => running.sent(frame, this.body.is_end_stream()),
                Poll::Ready(Some(Err(_))) => running.end(End::Failed),
                Poll::Ready(None) => running.finish(),
            }
        }
        frame
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: fmt::Debug, O: Observe> fmt::Debug for ObservedBody<B, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

/// A request between its begin and its end. Dropping it is an end too.
struct Running<O: Observe> {
    observer: O,
    context: RequestContext,
    /// `None` once it has ended.
    state: Option<O::State>,
    /// Whether the service or the body is being called. Where this is dropped and still set, it panicked.
    inside: bool,
    is_head: bool,
    is_connect: bool,
    status: Option<StatusCode>,
    sent: u64,
    /// The length that the head gives. An HTTP/1 connection stops asking once it has that much.
    promised: Option<u64>,
}

impl<O: Observe + Clone> Running<O> {
    #[inline]
    fn begin<B>(observer: &O, request: &mut Request<B>) -> Self {
        let context = RequestContext::ensure(request.extensions_mut());
        let state = Some(observer.begin(Head::with(request, &context)));
        Self {
            observer: observer.clone(),
            context,
            state,
            inside: false,
            is_head: request.method() == Method::HEAD,
            is_connect: request.method() == Method::CONNECT,
            status: None,
            sent: 0,
            promised: None,
        }
    }
}

impl<O: Observe> Running<O> {
    #[inline]
    fn enter(&mut self) -> Option<O::Guard<'_>> {
        self.inside = true;
        Some(self.observer.enter(self.state.as_ref()?))
    }

    #[inline]
    fn answered<R: HttpBody>(&mut self, response: &Response<R>) {
        let (status, headers) = (response.status(), response.headers());
        self.status = Some(status);
        self.promised = response.body().size_hint().exact().or_else(|| content_length(headers));
        if let Some(state) = &mut self.state {
            let (version, extensions, length) = (response.version(), response.extensions(), self.promised);
            self.observer.answered(state, Answer { status, version, headers, extensions, length });
        }
        // A connection drops, unread, a body that the status or the method forbids (RFC 9110 §6.4.1).
        let bodiless = self.is_head
            || self.is_connect && status.is_success()
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bodiless || response.body().is_end_stream() {
            self.end(End::Complete);
        }
    }

    #[inline]
    fn sent<D: bytes::Buf>(&mut self, frame: &Frame<D>, ended: bool) {
        self.sent += frame.data_ref().map_or(0, |data| data.remaining() as u64);
        // Nothing comes after trailers, and a connection does not ask for it.
        if ended || frame.is_trailers() {
            self.finish();
        }
    }

    /// The body has ended. An answer shorter than its head says is broken for the client (RFC 9112 §8).
    #[inline]
    fn finish(&mut self) {
        let short = self.promised.is_some_and(|promised| self.sent < promised);
        self.end(if short { End::Failed } else { End::Complete });
    }

    #[inline]
    fn end(&mut self, end: End) {
        if let Some(state) = self.state.take() {
            let outcome = Outcome { status: self.status, sent: self.sent, end, at: Instant::now() };
            self.observer.ended(state, &self.context, &outcome);
        }
    }
}

impl<O: Observe> Drop for Running<O> {
    #[inline]
    fn drop(&mut self) {
        if self.state.is_some() {
            self.end(match self.promised {
                _ if self.inside => End::Failed,
                Some(promised) if self.sent >= promised => End::Complete,
                _ => End::Cancelled,
            });
        }
    }
}

#[cold]
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
