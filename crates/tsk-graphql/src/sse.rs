//! Answers as server-sent events, by the protocol of graphql-sse, with a connection for each operation.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};
use tsk_core::{Body, BoxError, RequestContext, respond};

use crate::{answers::Answers, negotiate::Media};

/// How long it is quiet before a comment is sent, so that the connection is not closed on the way, and it shows when the client
/// is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The answers, as events: `next` for each, and `complete` at the end.
///
/// The stream ends before, without `complete`, when the service drains, and when the proof of who is asking expires: the client
/// then asks again.
pub(crate) fn respond(answers: Answers) -> Response<Body> {
    let context = RequestContext::get(&answers.parts().extensions);
    let drain = context.and_then(|context| context.scope().drain()).cloned();
    let expiry = context.and_then(|context| context.principal()?.expiry());
    let left = expiry.map(|expiry| expiry.duration_since(SystemTime::now()).unwrap_or_default());
    let ended = async move {
        let drained = async {
            match drain {
                Some(drain) => drain.started().await,
                None => std::future::pending().await,
            }
        };
        match left {
            // Nobody is there whom it would matter to whether it is over by the time that is left, or by the drain.
            Some(left) => drop(tokio::time::timeout(left, drained).await),
            None => drained.await,
        }
    };
    let events = Events {
        answers: Some(answers),
        ended: Box::pin(ended),
        heartbeat: Box::pin(sleep_until(Instant::now() + HEARTBEAT)),
    };
    let mut response = respond::response(Media::Events.header(), Body::new(events));
    response.headers_mut().extend([
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx collects an answer before it passes it on, unless it is told not to.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ]);
    response
}

struct Events {
    /// `None` once they have ended.
    answers: Option<Answers>,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    heartbeat: Pin<Box<Sleep>>,
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let Some(answers) = &mut this.answers else { return Poll::Ready(None) };
        if this.ended.as_mut().poll(cx).is_ready() {
            this.answers = None;
            return Poll::Ready(None);
        }
        let event = match answers.poll_next(cx) {
            Poll::Ready(Some(Ok(answer))) => next(&answer),
            Poll::Ready(Some(Err(told))) => next(&answers.told(&told)),
            Poll::Ready(None) => {
                this.answers = None;
                // A browser dispatches no event that has no data at all.
                Bytes::from_static(b"event: complete\ndata:\n\n")
            }
            Poll::Pending => {
                if this.heartbeat.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                Bytes::from_static(b":\n\n")
            }
        };
        this.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
        Poll::Ready(Some(Ok(Frame::data(event))))
    }
}

/// JSON of ours is one line.
fn next(answer: &[u8]) -> Bytes {
    [b"event: next\ndata: ", answer, b"\n\n"].concat().into()
}
