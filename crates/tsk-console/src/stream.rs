//! The answer that goes on for as long as somebody looks.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame as Piece;
use tokio::time::{Instant, sleep_until};
use tsk_core::{BoxError, Drain, sse::Event};

use crate::feed::Seat;

/// A body of server-sent events: what is new, once in each interval. Nothing is made for a client that does not read.
pub(crate) struct Stream {
    /// Absent at the end.
    next: Option<Next>,
    drained: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Looking)>> + Send>>;

/// Somebody who looks on.
struct Looking {
    seat: Seat,
    /// The number of the frame that was seen last.
    seen: u64,
    next: Instant,
}

impl Stream {
    /// It ends with the drain, if there is one, so that nobody who looks on holds up the end of a service.
    pub(crate) fn new(seat: Seat, drain: Option<Drain>) -> Self {
        let looking = Looking { seat, seen: 0, next: Instant::now() };
        let drained = drain.map(|drain| Box::pin(async move { drain.started().await }) as _);
        Self { next: Some(Box::pin(looking.look())), drained }
    }
}

impl Looking {
    async fn look(mut self) -> Option<(Bytes, Self)> {
        sleep_until(self.next).await;
        let feed = self.seat.feed();
        let interval = feed.interval();
        let frame = feed.after(self.seen).await?;
        let event = Event::new(frame.message(self.seen, interval.as_millis()));
        self.seen = frame.number;
        // Whoever was held up is not told of each moment that was missed.
        let (due, now) = (self.next + interval, Instant::now());
        self.next = if due > now { due } else { now + interval };
        Some((event.into_bytes(), self))
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.drained.as_mut().is_some_and(|drained| drained.as_mut().poll(cx).is_ready()) {
            (this.next, this.drained) = (None, None);
        }
        let Some(next) = &mut this.next else { return Poll::Ready(None) };
        match next.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some((event, looking))) => {
                this.next = Some(Box::pin(looking.look()));
                Poll::Ready(Some(Ok(Piece::data(event))))
            }
            Poll::Ready(None) => {
                this.next = None;
                Poll::Ready(None)
            }
        }
    }
}
