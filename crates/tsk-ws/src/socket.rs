//! Sockets, as they are used.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_sink::Sink;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use crate::{
    CloseCode, CloseFrame, Error, Message, Meta, Prepared, Sender, Sockets, Utf8Bytes, io::Io, link::Link,
    protocol::Protocol,
};

/// Which end of a connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that was asked for a socket.
    Server,
    /// The one that asked for it: it masks what it sends (RFC 6455 §5.3).
    Client,
}

/// A WebSocket: a [`Stream`] and a [`Sink`] of messages.
///
/// ```
/// use tsk_ws::{Message, Socket};
///
/// async fn echo(mut socket: Socket) {
///     while let Some(Ok(message)) = socket.recv().await {
///         if socket.send(message).await.is_err() {
///             break;
///         }
///     }
/// }
/// ```
///
/// It lives by being used: pings are answered, heartbeats kept and what is queued is sent while somebody receives. When it
/// is dropped, it is closed with 1000.
///
/// The stream ends with [`Message::Close`], where the other end closes, or an error, and then `None`.
#[derive(Debug)]
pub struct Socket {
    reader: Reader,
}

/// The half that receives. When it is dropped, the socket is closed.
#[derive(Debug)]
pub struct Reader {
    link: Arc<Link>,
    meta: Arc<Meta>,
}

/// The half that sends.
#[derive(Debug)]
pub struct Writer {
    link: Arc<Link>,
}

impl Socket {
    pub(crate) fn new(link: Arc<Link>, meta: Arc<Meta>) -> Self {
        Self { reader: Reader { link, meta } }
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.reader.link
    }

    /// A socket on a connection on which the handshake has been done, without extensions.
    pub fn over(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        role: Role,
        sockets: &Sockets,
    ) -> Self {
        let protocol = Protocol::new(role, Arc::clone(sockets.limits()), None, Instant::now());
        let link = Link::new(Io::Stream(Box::new(io)), protocol, Box::new(()), false);
        Self::new(link, Arc::default())
    }

    /// Waits for the next message; `None` once there will be no more.
    ///
    /// No message is lost where this is dropped before it is ready.
    pub async fn recv(&mut self) -> Option<Result<Message, Error>> {
        self.reader.recv().await
    }

    /// Sends a message, and waits until the system has taken it.
    ///
    /// # Errors
    ///
    /// The socket is closed, or the other end takes nothing for too long.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        send(&self.reader.link, message.into()).await
    }

    /// Sends a message that others are sent as well, and waits until the system has taken it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn share(&mut self, prepared: &Prepared) -> Result<(), Error> {
        share(&self.reader.link, prepared).await
    }

    /// Asks the other end whether it is there: [`round_trip`](Self::round_trip) has how long the answer took, once it has come.
    pub fn ping(&self) {
        self.reader.link.ping();
    }

    /// How long the last answer to a ping took; heartbeats are pings too.
    pub fn round_trip(&self) -> Option<Duration> {
        self.reader.link.round_trip()
    }

    /// Closes, and waits until the other end has agreed, or has not within the configured time. What it still sends is thrown
    /// away. A code that may not be sent (RFC 6455 §7.4) is left out; a reason is cut at 123 bytes.
    pub async fn close(mut self, code: CloseCode, reason: &str) {
        self.reader.link.close(Some(&CloseFrame { code, reason: Utf8Bytes::from(reason) }));
        while self.recv().await.is_some() {}
    }

    /// What is known of who is at the other end.
    pub fn meta(&self) -> &Meta {
        &self.reader.meta
    }

    /// A handle to send with from anywhere, without waiting.
    pub fn sender(&self) -> Sender {
        Sender::new(Arc::clone(&self.reader.link))
    }

    /// Two halves, for two tasks.
    pub fn split(self) -> (Writer, Reader) {
        (Writer { link: Arc::clone(&self.reader.link) }, self.reader)
    }
}

impl Reader {
    /// As [`Socket::recv`].
    pub async fn recv(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.link.poll_receive(cx)).await
    }

    /// As [`Socket::meta`].
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // RFC 6455 §7.4.1: 1011 where the server could not go on.
        let code = if std::thread::panicking() { CloseCode::Error } else { CloseCode::Normal };
        self.link.leave(Some(&CloseFrame { code, reason: Utf8Bytes::default() }));
    }
}

impl Writer {
    /// As [`Socket::send`].
    ///
    /// # Errors
    ///
    /// As [`Socket::send`].
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        send(&self.link, message.into()).await
    }

    /// As [`Socket::share`].
    ///
    /// # Errors
    ///
    /// As [`Socket::send`].
    pub async fn share(&mut self, prepared: &Prepared) -> Result<(), Error> {
        share(&self.link, prepared).await
    }

    /// A handle to send with from anywhere, without waiting.
    pub fn sender(&self) -> Sender {
        Sender::new(Arc::clone(&self.link))
    }
}

async fn send(link: &Link, message: Message) -> Result<(), Error> {
    let mut message = Some(message);
    // Most of the time the system takes it at once.
    if link.offer(&mut message)? {
        return Ok(());
    }
    if let Some(message) = message {
        poll_fn(|cx| link.poll_room(cx, false)).await?;
        link.queue(message)?;
    }
    poll_fn(|cx| link.poll_room(cx, true)).await
}

async fn share(link: &Link, prepared: &Prepared) -> Result<(), Error> {
    poll_fn(|cx| link.poll_room(cx, false)).await?;
    link.queue_shared(prepared)?;
    poll_fn(|cx| link.poll_room(cx, true)).await
}

impl Stream for Reader {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.link.poll_receive(cx)
    }
}

impl Stream for Socket {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reader.link.poll_receive(cx)
    }
}

macro_rules! sink {
    ($type:ty: $this:ident => $link:expr) => {
        /// What is fed is queued until it is flushed, or 64 KiB are.
        impl Sink<Message> for $type {
            type Error = Error;

            fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                let $this = &*self;
                $link.poll_room(cx, false)
            }

            fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
                let $this = &*self;
                $link.queue(message)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                let $this = &*self;
                $link.poll_room(cx, true)
            }

            /// Closes with 1000, and waits until that is sent. The other end agrees when it is next received from.
            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                let $this = &*self;
                let link = &$link;
                link.close(Some(&CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() }));
                match ready!(link.poll_room(cx, true)) {
                    Err(error) if !error.is_closed() => Poll::Ready(Err(error)),
                    _ => Poll::Ready(Ok(())),
                }
            }
        }
    };
}
sink!(Socket: this => this.reader.link);
sink!(Writer: this => this.link);
