//! Pieces of a body, or events, that are sent from elsewhere.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::sync::mpsc::{self, error::TrySendError};
use tsk_core::BoxError;

/// A channel from a task to an answer, in which up to `capacity` items may wait, and at least one.
///
/// The receiver is a stream, for [`from_stream`](super::from_stream) and [`Sse`](super::Sse).
///
/// ```
/// use tsk_http::{Body, answer::{channel, from_stream}, get};
///
/// async fn import() -> Body {
///     let (report, lines) = channel::<String>(8);
///     tokio::spawn(async move {
///         for table in ["users", "orders"] {
///             // Waits while the client does not read, and fails when it is gone.
///             report.send(format!("{table} done\n")).await?;
///         }
///         report.finish();
///         Ok::<(), tsk_http::answer::Gone>(())
///     });
///     from_stream(lines)
/// }
/// # let _ = get("/import", import);
/// ```
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    let is_finished = Arc::new(AtomicBool::new(false));
    let sender = Sender { items: sender, is_finished: Arc::clone(&is_finished) };
    (sender, Receiver { items: receiver, is_finished })
}

/// The sending end of a [`channel`].
///
/// One that is dropped without [`finish`](Self::finish), as where its task panics, makes the answer fail.
pub struct Sender<T> {
    items: mpsc::Sender<T>,
    is_finished: Arc<AtomicBool>,
}

impl<T> Sender<T> {
    /// Sends an item. Waits while the client does not take those that were sent before.
    ///
    /// # Errors
    ///
    /// Nobody will take it: the client is gone, or the answer was dropped.
    pub async fn send(&self, item: T) -> Result<(), Gone> {
        self.items.send(item).await.map_err(|_| Gone(()))
    }

    /// Sends an item if there is room for it now: for who serves many clients, and waits for none of them.
    ///
    /// # Errors
    ///
    /// The client does not keep up, or is gone. Dropping its sender closes its connection.
    pub fn try_send(&self, item: T) -> Result<(), NotSent> {
        self.items.try_send(item).map_err(|error| match error {
            TrySendError::Full(_) => NotSent::Full,
            TrySendError::Closed(_) => NotSent::Gone,
        })
    }

    /// Waits until the client is gone, for a sender that has nothing to send for long.
    pub async fn gone(&self) {
        self.items.closed().await;
    }

    /// Ends the answer, once what was sent has been taken.
    pub fn finish(self) {
        self.is_finished.store(true, Ordering::Release);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_gone", &self.items.is_closed()).finish_non_exhaustive()
    }
}

/// The receiving end of a [`channel`]: a stream.
pub struct Receiver<T> {
    items: mpsc::Receiver<T>,
    is_finished: Arc<AtomicBool>,
}

impl<T> Stream for Receiver<T> {
    type Item = Result<T, Unfinished>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_recv(cx).map(|item| match item {
            Some(item) => Some(Ok(item)),
            // Said once: the next time, the stream is at its end.
            None => (!self.is_finished.swap(true, Ordering::Acquire)).then_some(Err(Unfinished(()))),
        })
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("waiting", &self.items.len()).finish_non_exhaustive()
    }
}

/// A stream that a future sends to.
///
/// The future runs when the client wants more, and no further than the client has read: it has no task of its own,
/// and is dropped with the answer. Where it returns an error, the answer fails.
pub fn produce<T, F, P>(producer: F) -> Produced<T, P>
where
    F: FnOnce(Sender<T>) -> P,
    P: Future<Output = Result<(), BoxError>>,
{
    let (sender, Receiver { items, .. }) = channel(1);
    Produced { producer: Some(producer(sender)), items }
}

pin_project! {
    /// The stream of [`produce`].
    #[must_use = "streams do nothing unless polled"]
    pub struct Produced<T, P> {
        // Absent once it has returned.
        #[pin]
        producer: Option<P>,
        items: mpsc::Receiver<T>,
    }
}

impl<T, P> Stream for Produced<T, P>
where
    P: Future<Output = Result<(), BoxError>>,
{
    type Item = Result<T, BoxError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let Ok(item) = this.items.try_recv() {
            return Poll::Ready(Some(Ok(item)));
        }
        match this.producer.as_mut().as_pin_mut().map(|producer| producer.poll(cx)) {
            None => Poll::Ready(None),
            Some(Poll::Pending) => this.items.poll_recv(cx).map(|item| item.map(Ok)),
            Some(Poll::Ready(result)) => {
                this.producer.set(None);
                Poll::Ready(
                    result.map_or_else(|error| Some(Err(error)), |()| this.items.try_recv().ok().map(Ok)),
                )
            }
        }
    }
}

impl<T, P> fmt::Debug for Produced<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Produced").field("has_returned", &self.producer.is_none()).finish_non_exhaustive()
    }
}

/// The client is gone, so that nothing more can be sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone(());

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is gone")
    }
}

impl std::error::Error for Gone {}

/// Why an item was not sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// As many items as may are waiting for the client already.
    Full,
    /// The client is gone.
    Gone,
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the client does not keep up"),
            Self::Gone => Gone(()).fmt(f),
        }
    }
}

impl std::error::Error for NotSent {}

/// The sender of an answer went away without having finished it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished(());

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender of the answer went away without having finished it")
    }
}

impl std::error::Error for Unfinished {}
