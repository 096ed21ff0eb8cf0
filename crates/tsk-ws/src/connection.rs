//! A connection, and the protocol that is spoken on it.

use std::{
    any::Any,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use tokio::time::{Instant, Sleep};

use crate::{
    Message,
    error::{Error, Kind},
    frame::Framed,
    io::Io,
    outbox::SLICES,
    protocol::{Course, Protocol},
};

/// A connection, and the protocol that is spoken on it, for whoever has it locked.
pub(crate) struct Connection {
    io: Option<Io>,
    pub(crate) protocol: Protocol,
    /// What was read behind the last message.
    unread: Bytes,
    /// It wakes all who use the socket, and has been polled since it was set.
    timer: Option<Pin<Box<Sleep>>>,
    /// What is below has taken something that it has not passed on yet.
    is_unflushed: bool,
    is_shut: bool,
    /// What is held for as long as the connection is.
    _held: Box<dyn Any + Send>,
}

impl Connection {
    pub(crate) fn new(io: Io, protocol: Protocol, held: Box<dyn Any + Send>) -> Self {
        Self {
            io: Some(io),
            protocol,
            unread: Bytes::new(),
            timer: None,
            is_unflushed: false,
            is_shut: false,
            _held: held,
        }
    }

    /// What was read before there was a connection.
    #[cfg(feature = "client")]
    pub(crate) fn begin_with(&mut self, unread: Bytes) {
        self.unread = unread;
    }

    /// Whether it is there, whatever is said on it.
    pub(crate) fn is_there(&self) -> bool {
        self.io.is_some()
    }

    pub(crate) fn check_open(&self) -> Result<(), Error> {
        if self.io.is_some() && self.protocol.is_open() { Ok(()) } else { Err(Error::new(Kind::Closed)) }
    }

    /// `cx` is that of who receives, `own` that of all who use the socket.
    pub(crate) fn poll_receive(
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
            let sends = (received.is_pending() && self.has_to_send()) || self.protocol.is_urgent();
            let sent = if sends { self.poll_send(own) } else { Ok(()) };
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

    fn has_to_send(&self) -> bool {
        !self.protocol.outbox.is_empty() || self.is_unflushed || self.protocol.course() != Course::On
    }

    /// Has the system take a frame from where it is, where nothing is queued in front of it. What it does not take is queued.
    pub(crate) fn poll_send_frame(
        &mut self,
        frame: Option<Framed>,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Result<(), Error> {
        let (Some(frame), Some(io)) = (frame, &mut self.io) else { return self.poll_send(cx) };
        let taken =
            if self.protocol.outbox.is_empty() { io.poll_write_frame(cx, &frame) } else { Poll::Pending };
        match taken {
            Poll::Ready(Ok(count)) if count == frame.len() => self.poll_flush(cx),
            Poll::Ready(Ok(count)) => {
                self.protocol.queue(frame);
                self.protocol.sent(count, now);
                self.poll_send(cx)
            }
            Poll::Ready(Err(error)) => Err(self.broken(error)),
            Poll::Pending => {
                self.protocol.queue(frame);
                self.poll_send(cx)
            }
        }
    }

    /// Has the system take what it takes of what is queued, and goes where nothing is left to do.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
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
        self.poll_flush(cx)
    }

    /// Has what is below pass on what it has taken, and goes where nothing is left to do.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let Some(io) = &mut self.io else { return Ok(()) };
        let flushed = io.poll_flush(cx);
        self.is_unflushed = flushed.is_pending();
        match flushed {
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
    pub(crate) fn poll_due(&mut self, cx: &mut Context<'_>, is_read: bool) -> Result<bool, Error> {
        let Some(due) = self.protocol.due(is_read) else { return Ok(false) };
        if self.timer.as_ref().is_some_and(|timer| timer.deadline() <= due && !timer.is_elapsed()) {
            return Ok(false);
        }
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

    pub(crate) fn give_up(&mut self) {
        self.protocol.go();
        (self.io, self.timer, self.unread) = (None, None, Bytes::new());
    }
}
