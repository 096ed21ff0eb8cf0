//! Server-sent events.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue, Response, header, request::Parts};
use http_body::Frame;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};
use tsk_core::{Body, BoxError, FromParts, IntoResponse, respond, sse::Event};

use super::until_drain::{DrainSlot, Ending};

/// An answer that goes on: a stream of [`Event`]s for an `EventSource`.
///
/// ```
/// use std::time::Duration;
/// use tsk_http::{answer::{Event, LastEventId, Sse, produce}, get, IntoResponse};
///
/// async fn ticks(LastEventId(last): LastEventId) -> impl IntoResponse {
///     let next = last.and_then(|id| id.parse().ok()).map_or(0, |last: u64| last + 1);
///     Sse::new(produce(move |events| async move {
///         for tick in next.. {
///             events.send(Event::new("tick").id(tick.to_string())).await?;
///             tokio::time::sleep(Duration::from_secs(1)).await;
///         }
///         Ok(())
///     }))
/// }
/// # let _ = get("/ticks", ticks);
/// ```
///
/// While there is nothing to send, a comment every 15 s keeps the connection from being closed on the way, and finds out
/// whether the client is still there. Nothing is made or kept for a client that does not read.
///
/// When the service drains, the stream ends, so that it does not hold the shutdown. An `EventSource` then connects
/// again by itself, to whoever serves by then, with the id of the last event that it got.
#[derive(Debug, Clone)]
pub struct Sse<S> {
    events: S,
    heartbeat: Option<Duration>,
    spread: Duration,
}

impl<S> Sse<S> {
    /// The items of the stream are [`Event`]s, or results of such; an error closes the connection.
    pub fn new(events: S) -> Self {
        Self { events, heartbeat: Some(Duration::from_secs(15)), spread: Duration::from_secs(5) }
    }

    /// How long it may be quiet before a comment is sent, at most a day. `None`, or zero, sends none. Default: 15 s.
    #[must_use]
    pub fn heartbeat(mut self, every: impl Into<Option<Duration>>) -> Self {
        let day = Duration::from_secs(86_400);
        self.heartbeat = every.into().filter(|every| !every.is_zero()).map(|every| every.min(day));
        self
    }

    /// Over which time the clients of a service that drains come back: each is told to wait for a random part of it,
    /// so that they do not all come at once. Zero tells them nothing. Default: 5 s.
    #[must_use]
    pub fn spread(mut self, over: Duration) -> Self {
        self.spread = over;
        self
    }
}

const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // nginx collects an answer before it passes it on, unless it is told not to.
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

impl<S> IntoResponse for Sse<S>
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    fn into_response(self) -> Response<Body> {
        let Self { events, heartbeat, spread } = self;
        let mut response = respond::response(HeaderValue::from_static("text/event-stream"), Body::empty());
        response.headers_mut().extend(HEADERS);
        let drain = DrainSlot::of(response.extensions_mut());
        let farewell = (!spread.is_zero()).then(|| {
            let wait = spread.mul_f64(fastrand::f64());
            Event::retry(wait.max(Duration::from_millis(1))).into_bytes()
        });
        let encoder = Encoder { events, heartbeat: heartbeat.map(Heartbeat::new) };
        *response.body_mut() = Body::new(Ending::new(encoder, drain.started(), farewell));
        response
    }
}

/// What a stream of events gives: an [`Event`], or a result of one.
pub trait IntoEvent {
    /// Makes the event.
    ///
    /// # Errors
    ///
    /// What ends the stream.
    fn into_event(self) -> Result<Event, BoxError>;
}

impl IntoEvent for Event {
    fn into_event(self) -> Result<Event, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> IntoEvent for Result<Event, E> {
    fn into_event(self) -> Result<Event, BoxError> {
        self.map_err(Into::into)
    }
}

pin_project! {
    struct Encoder<S> {
        #[pin]
        events: S,
        heartbeat: Option<Heartbeat>,
    }
}

impl<S: Stream<Item: IntoEvent>> http_body::Body for Encoder<S> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        match this.events.poll_next(cx) {
            Poll::Ready(event) => {
                if let Some(heartbeat) = this.heartbeat {
                    heartbeat.is_quiet = false;
                }
                Poll::Ready(event.map(|event| event.into_event().map(|it| Frame::data(it.into_bytes()))))
            }
            Poll::Pending => {
                let Some(heartbeat) = this.heartbeat else { return Poll::Pending };
                ready!(heartbeat.poll(cx));
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b":\n\n")))))
            }
        }
    }
}

/// Says when it has been quiet for long.
struct Heartbeat {
    every: Duration,
    /// Made when it is first quiet, and used again from then on.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs for the silence that is now.
    is_quiet: bool,
}

impl Heartbeat {
    fn new(every: Duration) -> Self {
        Self { every, timer: None, is_quiet: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let end = || Instant::now() + self.every;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end())));
        if !std::mem::replace(&mut self.is_quiet, true) {
            timer.as_mut().reset(end());
        }
        ready!(timer.as_mut().poll(cx));
        self.is_quiet = false;
        Poll::Ready(())
    }
}

/// The id of the last event that the client got, from an `EventSource` that connects again.
///
/// It is what an [`Event::id`] said, if the client is honest; anything else, if it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl FromParts for LastEventId {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        // The standard sends it in UTF-8.
        let id = parts.headers.get(LAST_EVENT_ID).and_then(|id| str::from_utf8(id.as_bytes()).ok());
        Ok(Self(id.filter(|id| !id.is_empty()).map(str::to_owned)))
    }
}
