//! Sockets, for components that speak over one and need not know what it is.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, request::Parts};

use crate::Body;

/// Opens sockets: whoever has a protocol to speak over one is given this.
///
/// ```
/// use std::{future::poll_fn, task::Context};
/// use http::{Response, request::Parts};
/// use tsk_core::{Body, Upgrade, upgrade::{Opened, Payload}};
///
/// /// Says everything twice.
/// fn twice(upgrade: &dyn Upgrade, parts: &mut Parts) -> Response<Body> {
///     upgrade.upgrade(parts, &["twice"], Box::new(|Opened { mut socket, .. }| Box::pin(async move {
///         while let Some(payload) = poll_fn(|cx| socket.poll_receive(cx)).await {
///             for payload in [payload.clone(), payload] {
///                 if poll_fn(|cx| socket.poll_ready(cx)).await.is_err() {
///                     return;
///                 }
///                 socket.send(payload);
///             }
///             let _ = poll_fn(|cx| socket.poll_flush(cx)).await;
///         }
///     })))
/// }
/// ```
pub trait Upgrade: fmt::Debug + Send + Sync + 'static {
    /// Answers the request that asks for a socket, and runs the session on it once it is open; the socket is closed when
    /// the session ends. A request that asks for no socket, or may not have one, is answered with the problem, and there is
    /// no session.
    ///
    /// `protocols` are the subprotocols that the session speaks. Of those the client's favourite is chosen.
    fn upgrade(&self, parts: &mut Parts, protocols: &[&'static str], session: Session) -> Response<Body>;
}

/// What is done with a socket once it is open.
pub type Session = Box<dyn FnOnce(Opened) -> Running + Send>;

/// What a [`Session`] gives.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A socket that has been opened.
pub struct Opened {
    /// The socket.
    pub socket: Box<dyn MessageSocket>,
    /// The subprotocol that was chosen. `None` where the client asked for none of those there are.
    pub protocol: Option<&'static str>,
}

/// A socket on which messages come and go whole.
///
/// It lives by being polled: what is queued is sent, and pings are answered, while somebody receives, sends or flushes.
pub trait MessageSocket: Send {
    /// The next message; `None` once there will be no more.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>>;

    /// Waits until there is room for a message.
    ///
    /// # Errors
    ///
    /// The other end has gone.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>>;

    /// Queues a message: to be called once for each time that it was ready.
    fn send(&mut self, payload: Payload);

    /// Waits until the system has taken what is queued.
    ///
    /// # Errors
    ///
    /// The other end has gone.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>>;

    /// Begins to close, with a code (RFC 6455 §7.4) and a reason of at most 123 bytes. [`poll_receive`](Self::poll_receive)
    /// ends once the other end has agreed, or has not within a deadline.
    fn close(&mut self, code: u16, reason: &str);
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

/// There is nobody at the other end any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the socket is closed")
    }
}

impl std::error::Error for Gone {}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}
