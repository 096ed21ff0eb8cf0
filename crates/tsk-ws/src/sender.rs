//! Sending from anywhere.

use std::{future::poll_fn, sync::Arc};

use crate::{CloseCode, CloseFrame, Error, Message, Prepared, Utf8Bytes, link::Link};

/// A handle to send with from anywhere, without waiting: a room has one of each of its members.
///
/// What is sent is given to the system at once, in the task that sends it. What the system does not take is queued, up to
/// the configured bytes, and sent while somebody receives from the socket. It does not keep the socket open.
#[derive(Debug, Clone)]
pub struct Sender(Arc<Link>);

impl Sender {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The socket is [closed](Error::is_closed), or its queue is [full](Error::is_full). Nothing is sent then.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.0.try_send(message.into())
    }

    /// Sends a message that others are sent as well.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send).
    pub fn try_share(&self, prepared: &Prepared) -> Result<(), Error> {
        self.0.try_share(prepared)
    }

    /// Sends one message after the other, for as long as there is another and the system takes them. One that is taken from `next`
    /// is sent, or queued where the system does not take all of it.
    pub(crate) fn share_all<P: AsRef<Prepared>>(&self, next: impl FnMut() -> Option<P>) -> Result<(), Error> {
        self.0.share_all(next)
    }

    /// How many bytes are queued, because the system does not take them.
    pub fn queued(&self) -> usize {
        self.0.queued()
    }

    /// Waits until the system has taken what is queued.
    ///
    /// # Errors
    ///
    /// The socket is closed.
    pub async fn sent(&self) -> Result<(), Error> {
        poll_fn(|cx| self.0.poll_room(cx, true)).await
    }

    /// Begins to close the socket; whoever receives from it sees it to the end.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.0.close(Some(&CloseFrame { code, reason: Utf8Bytes::from(reason) }));
    }

    /// Gives the connection up, as it is, without a word.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether messages can still be sent.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Whether both send to the same socket.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Role, Socket, Sockets};

    struct Shared(Prepared);

    impl AsRef<Prepared> for Shared {
        fn as_ref(&self) -> &Prepared {
            &self.0
        }
    }

    #[tokio::test]
    async fn what_the_system_does_not_take_is_left_where_it_is() {
        let (near, far) = tokio::io::duplex(256);
        let socket = Socket::over(near, Role::Server, &Sockets::default());
        let (sender, message) = (socket.sender(), Prepared::new(Message::text("x".repeat(98))));
        let mut taken = 0;
        let mut next = || {
            taken += 1;
            (taken <= 3).then(|| Shared(message.clone()))
        };
        sender.share_all(&mut next).unwrap();
        // Two and a half of a hundred bytes each; the half that is left is queued.
        assert_eq!(sender.queued(), 300 - 256);
        sender.share_all(&mut next).unwrap();
        assert_eq!(taken, 3, "nothing is taken behind what is queued");
        drop((socket, far));
        assert!(sender.share_all(|| Some(Shared(message.clone()))).unwrap_err().is_closed());
    }
}
