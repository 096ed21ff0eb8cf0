//! A socket as its halves and senders share it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use tokio::time::{Instant, Sleep};

use crate::{
    CloseFrame, Message, Prepared,
    bell::Bell,
    error::{Error, Kind},
    io::Io,
    outbox::SLICES,
    protocol::{Course, Protocol},
};

/// With more than this queued, whoever sends waits.
const ENOUGH: usize = 64 * 1024;

/// A connection, and the protocol that is spoken on it.
///
/// Whoever has something to say locks it, says it to the system, and lets go; nobody waits with the lock held.
pub(crate) struct Link {
    core: Mutex<Core>,
    bell: Arc<Bell>,
    /// Whether somebody sees to the end of it once the socket is dropped.
    is_kept: bool,
}

struct Core {
    io: Option<Io>,
    protocol: Protocol,
    /// What was read behind the last message.
    unread: Bytes,
    timer: Option<Pin<Box<Sleep>>>,
    is_shut: bool,
    /// What is held for as long as the connection is.
    _held: Box<dyn std::any::Any + Send>,
}

impl Link {
    pub(crate) fn new(
        io: Io,
        protocol: Protocol,
        held: Box<dyn std::any::Any + Send>,
        is_kept: bool,
    ) -> Arc<Self> {
        let core =
            Core { io: Some(io), protocol, unread: Bytes::new(), timer: None, is_shut: false, _held: held };
        Arc::new(Self { core: Mutex::new(core), bell: Arc::default(), is_kept })
    }

    /// What came behind the answer to a handshake, and was read along with it.
    #[cfg(feature = "client")]
    pub(crate) fn begin_with(&self, unread: Bytes) {
        self.core().unread = unread;
    }

    /// The next message; `None` when the connection has come to its end.
    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        self.bell.set_reader(cx.waker());
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut core = self.core();
        let polled = core.poll_receive(cx, &mut Context::from_waker(&waker));
        if core.io.is_none() || core.protocol.outbox.len() < ENOUGH {
            self.bell.ring_writers();
        }
        polled
    }
    /// Waits until there is room for another message, or, if `all`, until the system has taken what is queued.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>, all: bool) -> Poll<Result<(), Error>> {
        let mut core = self.core();
        let core = &mut *core;
        let is_enough = |core: &Core| {
            if all { core.protocol.outbox.is_empty() } else { core.protocol.outbox.len() < ENOUGH }
        };
        if !all && is_enough(core) {
            return Poll::Ready(core.check_open());
        }
        let waker = Waker::from(Arc::clone(&self.bell));
        let own = &mut Context::from_waker(&waker);
        self.bell.add_writer(cx.waker());
        let polled = loop {
            if let Err(error) = core.poll_send(own) {
                break Err(error);
            }
            if core.io.is_none() {
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
        if core.io.is_none() {
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
            core.protocol.send(message, Instant::now())?;
        }
        let waker = Waker::from(Arc::clone(&self.bell));
        if let Err(error) = core.poll_send(&mut Context::from_waker(&waker)) {
            // Whoever receives would not learn of it otherwise.
            self.bell.ring();
            return Err(error);
        }
        Ok(core.protocol.outbox.is_empty())
    }

    /// Queues a message.
    pub(crate) fn queue(&self, message: Message) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.send(message, Instant::now())
    }

    /// Queues a message that many are sent.
    pub(crate) fn queue_shared(&self, prepared: &Prepared) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.share(prepared, Instant::now())
    }

    /// Sends at once, from wherever that is called; what the system does not take is queued, for whoever polls the socket.
    pub(crate) fn try_send(&self, message: Message) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.check_room(message.len())?;
        let is_close = matches!(message, Message::Close(_));
        core.protocol.send(message, Instant::now())?;
        self.send_now(&mut core);
        drop(core);
        if is_close {
            self.bell.ring();
        }
        Ok(())
    }

    /// The same for a message that many are sent.
    pub(crate) fn try_share(&self, prepared: &Prepared) -> Result<(), Error> {
        let mut core = self.core();
        core.check_open()?;
        core.protocol.check_room(prepared.payload().len())?;
        core.protocol.share(prepared, Instant::now())?;
        self.send_now(&mut core);
        drop(core);
        if prepared.is_close() {
            self.bell.ring();
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
        core.io.is_some() && core.protocol.is_open()
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

    fn send_now(&self, core: &mut Core) {
        let waker = Waker::from(Arc::clone(&self.bell));
        let cx = &mut Context::from_waker(&waker);
        // A publisher has more sockets than a task has turns: those it did not get to would be taken for full.
        let sending = tokio::task::unconstrained(std::future::poll_fn(|cx| Poll::Ready(core.poll_send(cx))));
        if let Poll::Ready(Err(_)) = Pin::new(&mut { sending }).poll(cx) {
            // Whoever receives learns of it.
            self.bell.ring();
        }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    fn check_open(&self) -> Result<(), Error> {
        if self.io.is_some() && self.protocol.is_open() { Ok(()) } else { Err(Error::new(Kind::Closed)) }
    }

    /// `cx` is that of who receives, `own` that of all who use the socket.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        own: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        loop {
            if self.io.is_none() {
                return Poll::Ready(None);
            }
            let received = match self.protocol.course() {
                Course::On => self.poll_message(cx),
                Course::Linger => self.poll_silence(cx).map_ok(|()| None),
                Course::Leave => Poll::Pending,
                Course::Gone => {
                    self.give_up();
                    continue;
                }
            };
            // What was fed is sent together, when there is nothing more to receive. An answer to a ping does not wait for that.
            let sent =
                if received.is_pending() || self.protocol.is_urgent() { self.poll_send(own) } else { Ok(()) };
            match (received, sent) {
                (Poll::Ready(Ok(Some(message))), _) => return Poll::Ready(Some(Ok(message))),
                (Poll::Ready(Err(error)), _) | (_, Err(error)) => return Poll::Ready(Some(Err(error))),
                (Poll::Ready(Ok(None)), Ok(())) => continue,
                (Poll::Pending, Ok(())) if self.io.is_none() => continue,
                (Poll::Pending, Ok(())) => {}
            }
            match self.poll_due(own, true) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// Has the system take what it takes of what is queued, and goes where nothing is left to do.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let Some(io) = &mut self.io else { return Ok(()) };
        while !self.protocol.outbox.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = self.protocol.outbox.slices(&mut slices);
            match io.poll_write(cx, &slices[..count]) {
                Poll::Ready(Ok(0)) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => self.protocol.sent(count, Instant::now()),
                Poll::Ready(Err(error)) => return Err(self.broken(error)),
                Poll::Pending => {
                    self.protocol.blocked(Instant::now());
                    return Ok(());
                }
            }
        }
        match io.poll_flush(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Err(self.broken(error)),
            Poll::Pending => return Ok(()),
        }
        match self.protocol.course() {
            Course::On => {}
            Course::Linger | Course::Leave if !self.is_shut => {
                match io.poll_shutdown(cx) {
                    Poll::Ready(Ok(())) => self.is_shut = true,
                    // All is said: how it ends is nobody's concern.
                    Poll::Ready(Err(_)) => self.give_up(),
                    Poll::Pending => return Ok(()),
                }
                if self.protocol.course() == Course::Leave {
                    self.give_up();
                }
            }
            Course::Linger => {}
            Course::Leave | Course::Gone => self.give_up(),
        }
        Ok(())
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        if !self.unread.is_empty() {
            let mut input = &self.unread[..];
            let before = input.len();
            let received = self.protocol.receive(&mut input, Instant::now());
            let count = before - input.len();
            self.unread.advance(count);
            if self.unread.is_empty() {
                self.unread = Bytes::new();
            }
            return Poll::Ready(received);
        }
        let Self { io: Some(io), protocol, unread, .. } = self else { return Poll::Ready(Ok(None)) };
        let read = io.poll_read(cx, |mut bytes| {
            if bytes.is_empty() {
                return protocol.end().map(|()| None);
            }
            let received = protocol.receive(&mut bytes, Instant::now());
            if !bytes.is_empty() && protocol.course() == Course::On {
                *unread = Bytes::copy_from_slice(bytes);
            }
            received
        });
        match read {
            Poll::Ready(Ok(received)) => Poll::Ready(received),
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.broken(error))),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Throws away what comes until the other end has gone.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.unread = Bytes::new();
        let Some(io) = &mut self.io else { return Poll::Ready(Ok(())) };
        match io.poll_read(cx, <[u8]>::is_empty) {
            Poll::Ready(Ok(false)) => {}
            Poll::Ready(Ok(true) | Err(_)) => self.give_up(),
            Poll::Pending => return Poll::Pending,
        }
        Poll::Ready(Ok(()))
    }

    /// Sees to what is due; of heartbeats only where all that has come is read. `false` where nothing is before the timer wakes us.
    fn poll_due(&mut self, cx: &mut Context<'_>, is_read: bool) -> Result<bool, Error> {
        let Some(due) = self.protocol.due(is_read) else { return Ok(false) };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() > due {
            timer.as_mut().reset(due);
        }
        let now = loop {
            if timer.as_mut().poll(cx).is_pending() {
                return Ok(false);
            }
            let now = Instant::now();
            if now >= due {
                break now;
            }
            // Most of the time the deadline has moved on since it was set: nothing is done when it moves.
            timer.as_mut().reset(due);
        };
        let ticked = self.protocol.tick(now, is_read);
        if self.protocol.course() == Course::Gone {
            self.give_up();
        }
        ticked.map(|()| true)
    }

    fn broken(&mut self, error: io::Error) -> Error {
        self.give_up();
        error.into()
    }

    fn give_up(&mut self) {
        self.protocol.go();
        (self.io, self.timer, self.unread) = (None, None, Bytes::new());
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
