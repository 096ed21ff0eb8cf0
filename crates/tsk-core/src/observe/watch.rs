//! A request between its begin and its end.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Buf as _;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame};

use super::{Answer, Observe};
use crate::{End, Head, Outcome, RequestContext};

/// A request between its begin and its end: what [`Observed`](super::Observed) is made of, for a service that does more in one call.
/// Dropping it is an end too.
///
/// There is an [`enter`](Self::enter) before whatever is asked of the service, and a [`leave`](Self::leave) after it, for which what
/// the former gave has gone. Where the service panics in between, the request has failed.
pub struct Watch<O: Observe> {
    observer: O,
    context: RequestContext,
    state: O::State,
    /// From its begin to its end: who panics at either is not told of the end.
    is_seen: bool,
    /// Whether the service or the body is being called. Where this is dropped and still set, it panicked.
    inside: bool,
    is_head: bool,
    is_connect: bool,
    status: Option<StatusCode>,
    sent: u64,
    /// The length that the head gives. An HTTP/1 connection stops asking once it has that much.
    promised: Option<u64>,
}

/// A frame of a body, as it is asked for one.
type Polled<B> = Poll<Option<Result<Frame<<B as HttpBody>::Data>, <B as HttpBody>::Error>>>;

impl<O: Observe> Watch<O> {
    /// A request has arrived, whose context this is. Nobody has seen it yet.
    #[inline]
    pub fn new<B>(observer: O, request: &Request<B>, context: RequestContext) -> Self {
        Self {
            observer,
            context,
            state: O::State::default(),
            is_seen: false,
            inside: false,
            is_head: request.method() == Method::HEAD,
            is_connect: request.method() == Method::CONNECT,
            status: None,
            sent: 0,
            promised: None,
        }
    }

    /// Has it seen from here on.
    #[inline]
    pub fn begin<B>(&mut self, request: &Request<B>) {
        self.observer.begin(&mut self.state, &Head::with(request, &self.context));
        self.is_seen = true;
    }

    /// The service is about to be called or polled. Gives the observer as well, as this is borrowed.
    #[inline]
    pub fn enter(&mut self) -> (&O, Within<'_, O>) {
        self.inside = true;
        let Self { observer, state, .. } = self;
        observer.enter(state);
        (observer, Within { observer, state })
    }

    /// The service was called or polled, and has not panicked.
    #[inline]
    pub fn leave(&mut self) {
        self.inside = false;
    }

    /// Asks the body for a frame.
    #[inline]
    pub fn poll_frame<B: HttpBody>(&mut self, mut body: Pin<&mut B>, cx: &mut Context<'_>) -> Polled<B> {
        self.inside = true;
        let frame = body.as_mut().poll_frame(cx);
        self.inside = false;
        match &frame {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(frame))) => {
                self.sent += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                // Nothing comes after trailers, and a connection does not ask for it.
                if frame.is_trailers() || body.is_end_stream() {
                    self.finish();
                }
            }
            Poll::Ready(Some(Err(_))) => self.end(End::Failed),
            Poll::Ready(None) => self.finish(),
        }
        frame
    }

    /// Whether there is still something to see: not where an answer has no body.
    #[inline]
    pub fn goes_on(&self) -> bool {
        self.is_seen
    }

    /// There is an answer, whose body is asked for by [`poll_frame`](Self::poll_frame) from then on.
    #[inline]
    pub fn answered<R: HttpBody>(&mut self, response: &Response<R>) {
        let (status, headers) = (response.status(), response.headers());
        self.status = Some(status);
        self.promised = response.body().size_hint().exact().or_else(|| content_length(headers));
        let (version, extensions, length) = (response.version(), response.extensions(), self.promised);
        self.observer.answered(&mut self.state, Answer { status, version, headers, extensions, length });
        // A connection drops, unread, a body that the status or the method forbids (RFC 9110 §6.4.1).
        let bodiless = self.is_head
            || self.is_connect && status.is_success()
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bodiless || response.body().is_end_stream() {
            self.end(End::Complete);
        }
    }

    /// The body, of so many bytes, was taken as a whole.
    #[inline]
    pub fn sent(&mut self, bytes: u64) {
        self.sent = bytes;
        self.finish();
    }

    /// The body has ended. An answer shorter than its head says is broken for the client (RFC 9112 §8).
    fn finish(&mut self) {
        let short = self.promised.is_some_and(|promised| self.sent < promised);
        self.end(if short { End::Failed } else { End::Complete });
    }

    #[inline]
    pub(super) fn end(&mut self, end: End) {
        if mem::take(&mut self.is_seen) {
            let at = Instant::now();
            let duration = at.saturating_duration_since(self.context.start());
            let outcome = Outcome { status: self.status, sent: self.sent, end, at, duration };
            self.observer.ended(&mut self.state, &self.context, &outcome);
        }
    }
}

/// The thread is at work on a request, until this is dropped.
#[derive(Debug)]
pub struct Within<'a, O: Observe> {
    observer: &'a O,
    state: &'a mut O::State,
}

impl<O: Observe> Drop for Within<'_, O> {
    #[inline]
    fn drop(&mut self) {
        self.observer.leave(self.state);
    }
}

impl<O: Observe> fmt::Debug for Watch<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl<O: Observe> Drop for Watch<O> {
    fn drop(&mut self) {
        if self.is_seen {
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
