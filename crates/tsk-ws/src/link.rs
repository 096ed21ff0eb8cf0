//! A socket as its halves and senders share it.

use std::{
    any::Any,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

#[cfg(feature = "client")]
use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    CloseFrame, Message, Prepared,
    bell::Bell,
    connection::Connection,
    error::{Error, Kind},
    frame::Framed,
    io::Io,
    protocol::Protocol,
};

/// With more than this queued, whoever sends waits.
const ENOUGH: usize = 64 * 1024;

/// A connection, and the protocol that is spoken on it.
///
/// Whoever has something to say locks it, says it to the system, and lets go; nobody waits with the lock held.
pub(crate) struct Link {
    core: Mutex<Connection>,
    bell: Arc<Bell>,
    /// The bell, as the system knows it.
    waker: Waker,
    /// Whether somebody sees to the end of it once the socket is dropped.
    is_kept: bool,
}

impl Link {
    pub(crate) fn new(io: Io, protocol: Protocol, held: Box<dyn Any + Send>, is_kept: bool) -> Arc<Self> {
        let bell = Arc::<Bell>::default();
        let waker = Waker::from(Arc::clone(&bell));
        Arc::new(Self { core: Mutex::new(Connection::new(io, protocol, held)), bell, waker, is_kept })
    }

    /// What came behind the answer to a handshake, and was read along with it.
    #[cfg(feature = "client")]
    pub(crate) fn begin_with(&self, unread: Bytes) {
        self.core().begin_with(unread);
    }

    /// The next message; `None` when the connection has come to its end.
    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        self.bell.set_reader(cx.waker());
        let mut core = self.core();
        let polled = core.poll_receive(cx, &mut self.context());
        if !core.is_there() || core.protocol.outbox.len() < ENOUGH {
            self.bell.ring_writers();
        }
        polled
    }
    /// Waits until there is room for another message, or, if `all`, until the system has taken what is queued.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>, all: bool) -> Poll<Result<(), Error>> {
        let mut core = self.core();
        let core = &mut *core;
        let is_enough = |core: &Connection| {
            if all { core.protocol.outbox.is_empty() } else { core.protocol.outbox.len() < ENOUGH }
        };
        if !all && is_enough(core) {
            return Poll::Ready(core.check_open());
        }
        let own = &mut self.context();
        self.bell.add_writer(cx.waker());
        let polled = loop {
            if let Err(error) = core.poll_send(own) {
                break Err(error);
            }
            if !core.is_there() {
                break Err(Error::new(Kind::Closed));
            }
            if is_enough(core) {
                break Ok(());
            }
            match core.poll_due(own, false) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(error) => break Err(error),
            }
        };
        if !core.is_there() {
            // Whoever receives would not learn of it otherwise.
            self.bell.ring();
        }
        Poll::Ready(polled)
    }

    /// Sends a message at once, if there is room for it, and says whether the system has taken all there was. Where there is no room
    /// the message is left.
    pub(crate) fn offer(&self, message: &mut Option<Message>) -> Result<bool, Error> {
        let mut core = self.core();
        core.check_open()?;
        if core.protocol.outbox.len() >= ENOUGH {
            return Ok(false);
        }
        if let Some(message) = message.take() {
            let now = Instant::now();
            let frame = core.protocol.send(message, now)?;
            if let Err(error) = core.poll_send_frame(frame, now, &mut self.context()) {
                // Whoever receives would not learn of it otherwise.
                self.bell.ring();
                return Err(error);
            }
        }
        Ok(core.protocol.outbox.is_empty())
    }

    /// Queues a message.
    pub(crate) fn queue(&self, message: Message) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        let frame = core.protocol.send(message, Instant::now())?;
        frame.into_iter().for_each(|frame| core.protocol.queue(frame));
        Ok(())
    }

    /// Queues a message that many are sent.
    pub(crate) fn queue_shared(&self, prepared: &Prepared) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        let frame = core.protocol.share(prepared, Instant::now())?;
        frame.into_iter().for_each(|frame| core.protocol.queue(frame));
        Ok(())
    }

    /// Sends at once, from wherever that is called; what the system does not take is queued, for whoever polls the socket.
    pub(crate) fn try_send(&self, message: Message) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.check_room(message.len())?;
        let now = Instant::now();
        let frame = core.protocol.send(message, now)?;
        self.send_frame_now(core, frame, now);
        Ok(())
    }

    /// The same for a message that many are sent.
    pub(crate) fn try_share(&self, prepared: &Prepared) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.check_room(prepared.payload().len())?;
        let now = Instant::now();
        let frame = core.protocol.share(prepared, now)?;
        self.send_frame_now(core, frame, now);
        Ok(())
    }

    /// Does so with one after the other, under one lock, for as long as there is another and the system takes them.
    pub(crate) fn share_all<P: AsRef<Prepared>>(
        &self,
        mut next: impl FnMut() -> Option<P>,
    ) -> Result<(), Error> {
        let mut core = self.core();
        while core.protocol.outbox.is_empty() {
            let Some(prepared) = next() else { break };
            core.check_open()?;
            let now = Instant::now();
            let Some(frame) = core.protocol.share(prepared.as_ref(), now)? else {
                self.send_frame_now(core, None, now);
                break;
            };
            let mut frame = Some(frame);
            self.unconstrained(|cx| core.poll_send_frame(frame.take(), now, cx));
        }
        Ok(())
    }

    /// Begins to close.
    pub(crate) fn close(&self, frame: Option<&CloseFrame>) {
        let mut core = self.core();
        core.protocol.close(frame, Instant::now());
        self.send_now(&mut core);
        drop(core);
        // Somebody has to look after the deadline.
        self.bell.ring();
    }

    pub(crate) fn ping(&self) {
        let mut core = self.core();
        core.protocol.ping(Instant::now());
        self.send_now(&mut core);
    }

    /// Gives the connection up, as it is.
    pub(crate) fn abort(&self) {
        self.core().give_up();
        self.bell.ring();
    }

    pub(crate) fn queued(&self) -> usize {
        self.core().protocol.outbox.len()
    }

    pub(crate) fn is_open(&self) -> bool {
        let core = self.core();
        core.is_there() && core.protocol.is_open()
    }

    pub(crate) fn round_trip(&self) -> Option<std::time::Duration> {
        self.core().protocol.round_trip()
    }

    /// Nobody receives any more: says so, and goes, unless somebody sees to the end of it.
    pub(crate) fn leave(&self, frame: Option<&CloseFrame>) {
        self.close(frame);
        if !self.is_kept {
            self.abort();
        }
    }

    /// Sends a frame, or what is queued where there is none: then it is a close.
    fn send_frame_now(&self, mut core: MutexGuard<'_, Connection>, mut frame: Option<Framed>, now: Instant) {
        let is_close = frame.is_none();
        self.unconstrained(|cx| core.poll_send_frame(frame.take(), now, cx));
        drop(core);
        if is_close {
            // Somebody has to look after the deadline.
            self.bell.ring();
        }
    }

    fn send_now(&self, core: &mut Connection) {
        self.unconstrained(|cx| core.poll_send(cx));
    }

    /// A publisher has more sockets than a task has turns: those it did not get to would be taken for full.
    fn unconstrained(&self, mut send: impl FnMut(&mut Context<'_>) -> Result<(), Error>) {
        let sending = tokio::task::unconstrained(std::future::poll_fn(|cx| Poll::Ready(send(cx))));
        if let Poll::Ready(Err(_)) = Pin::new(&mut { sending }).poll(&mut self.context()) {
            // Whoever receives learns of it.
            self.bell.ring();
        }
    }

    fn context(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }

    fn core(&self) -> MutexGuard<'_, Connection> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
