//! The bytes of a connection.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    ahead::Ahead,
    cork::Cork,
    pulse::{Command, Pulse},
    stream::Stream,
};
use crate::config::Protocol;

/// The first bytes of every HTTP/2 connection (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket that tells the pulse of its reads and writes, gives again the bytes by which the protocol was
/// told, and holds written bytes back where more of them are to come.
#[derive(Debug)]
pub(super) struct Transport {
    stream: Stream,
    pulse: Arc<Pulse>,
    cork: Cork,
    /// The requests there had been at the last read, and whether several had come by the one before it: a
    /// client that pipelines once does so again.
    requests: u32,
    is_batch: bool,
    /// Whether the last write found no room.
    is_stalled: bool,
    /// Whether a read since the connection was told to end found less than there was room for.
    is_emptied: bool,
    /// Whether nothing more is sent, and whether it is read on until the client does not either.
    is_shut: bool,
    is_lingering: bool,
    ahead: Ahead,
    /// The protocol, where it is known before the first byte.
    protocol: Option<Protocol>,
    /// How many of the first bytes there are, and how many of them were given again.
    filled: u8,
    given: u8,
    first: [u8; PREFACE.len()],
}

impl Transport {
    pub(super) fn new(stream: Stream, pulse: Arc<Pulse>, protocol: Option<Protocol>) -> Self {
        Self {
            stream,
            pulse,
            cork: Cork::default(),
            requests: 0,
            is_batch: false,
            is_stalled: false,
            is_emptied: false,
            is_shut: false,
            is_lingering: false,
            ahead: Ahead::default(),
            protocol,
            filled: 0,
            given: 0,
            first: [0; PREFACE.len()],
        }
    }

    /// Tells which protocol the client speaks; `None` where it, or the server, has given up before.
    ///
    /// It waits for as few bytes as tell, for the sweep to end it where none come.
    pub(super) fn poll_protocol(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Protocol>>> {
        if self.protocol.is_some() {
            return Poll::Ready(Ok(self.protocol));
        }
        self.pulse.register(cx.waker());
        loop {
            let command = self.pulse.command();
            if command == Command::Close {
                return Poll::Ready(Ok(None));
            }
            let filled = usize::from(self.filled);
            let mut buffer = ReadBuf::new(&mut self.first[filled..]);
            let polled = self.stream.poll_read(cx, &mut buffer, command);
            // Where nothing has begun, there is nothing to finish.
            if polled.is_pending() && command == Command::Finish {
                return Poll::Ready(Ok(None));
            }
            ready!(polled)?;
            let read = buffer.filled().len();
            if read == 0 {
                return Poll::Ready(Ok(None));
            }
            self.pulse.count_received(read);
            let filled = filled + read;
            self.filled = filled as u8;
            if self.first[..filled] != PREFACE[..filled] {
                return Poll::Ready(Ok(Some(Protocol::H1)));
            }
            if filled == PREFACE.len() {
                return Poll::Ready(Ok(Some(Protocol::H2)));
            }
        }
    }

    /// Whether so many bytes are to be held back. An answer that is alone is not: to send it later would cost a
    /// second poll.
    #[inline]
    fn is_to_hold(&self, count: impl FnOnce() -> usize) -> bool {
        (self.is_batch || self.has_several()) && self.pulse.may_hold() && self.cork.has_room(count())
    }

    /// Whether several requests have come by the last read.
    #[inline]
    fn has_several(&self) -> bool {
        self.pulse.requests().wrapping_sub(self.requests) > 1
    }

    /// Sends what is held back.
    #[inline]
    fn poll_uncork(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.cork.is_empty() { Poll::Ready(Ok(())) } else { self.poll_send_held(cx) }
    }

    fn poll_send_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.cork.is_empty() {
            let bytes = self.cork.unsent();
            let polled = self.stream.poll_write(cx, bytes);
            match ready!(self.counted(polled))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.cork.advance(count),
            }
        }
        self.pulse.set_holding(false);
        Poll::Ready(Ok(()))
    }

    /// Reads on, if the client is in the middle of a body, until it has done with it.
    ///
    /// A connection that is closed with bytes unread is reset, which takes the answer from a client that has
    /// not read it yet (RFC 9112 §9.6). The sweep ends it where it takes too long.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut bytes = [MaybeUninit::uninit(); 8 * 1024];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            match self.stream.poll_read(cx, &mut buffer, self.pulse.command()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.is_lingering = true,
                Poll::Pending if self.is_lingering && self.pulse.command() <= Command::Last => {
                    return Poll::Pending;
                }
                _ => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Passes on the result of a write or a flush, and tells the pulse whether it waits.
    #[inline]
    fn watched<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if self.is_stalled != polled.is_pending() {
            self.is_stalled = polled.is_pending();
            self.pulse.set_stalled(self.is_stalled);
        }
        polled
    }

    /// Passes on the result of a write, and tells the pulse of it.
    #[inline]
    fn counted(&mut self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let polled = self.watched(polled);
        if let Poll::Ready(Ok(count)) = polled {
            self.pulse.count_sent(count);
        }
        polled
    }

    /// Gives the first bytes again.
    #[cold]
    fn read_first(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        let first = &self.first[usize::from(self.given)..usize::from(self.filled)];
        let count = first.len().min(buffer.remaining());
        buffer.put_slice(&first[..count]);
        self.given += count as u8;
        // What follows is read along: hyper would grow its buffer for a second read.
        if self.given < self.filled || buffer.remaining() == 0 {
            return Ok(());
        }
        let before = buffer.filled().len();
        let polled = self.stream.poll_read(cx, buffer, self.pulse.command());
        self.pulse.count_received(buffer.filled().len() - before);
        match polled {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(()),
        }
    }

    /// Reads for a connection that was told to end, and tells the pulse once all that came before has been
    /// made requests: hyper reads on only where it has no further head whole.
    #[cold]
    fn poll_read_last(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        command: Command,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = self.stream.poll_read(cx, buffer, command);
        if self.is_emptied || polled.is_pending() {
            self.pulse.set_dry();
        }
        self.is_emptied = buffer.remaining() > 0;
        let came = &buffer.filled()[before..];
        if !came.is_empty() {
            self.pulse.set_ahead(self.ahead.read(came));
        }
        polled
    }
}

impl AsyncRead for Transport {
    // It is called twice for each request, and is not long.
    #[inline(always)]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.given < this.filled {
            return Poll::Ready(this.read_first(cx, buffer));
        }
        let before = buffer.filled().len();
        ready!(match this.pulse.command() {
            Command::Serve => this.stream.poll_read(cx, buffer, Command::Serve),
            command => this.poll_read_last(cx, buffer, command),
        })?;
        let count = buffer.filled().len() - before;
        if count > 0 {
            this.is_batch = this.has_several();
            this.requests = this.pulse.requests();
            this.pulse.count_received(count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.is_to_hold(|| bytes.len()) {
            this.cork.push(bytes);
            this.pulse.set_holding(true);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(this.poll_uncork(cx))?;
        let polled = this.stream.poll_write(cx, bytes);
        this.counted(polled)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let count = || slices.iter().map(|slice| slice.len()).sum();
        if this.is_to_hold(count) {
            slices.iter().for_each(|slice| this.cork.push(slice));
            this.pulse.set_holding(true);
            return Poll::Ready(Ok(count()));
        }
        ready!(this.poll_uncork(cx))?;
        let polled = this.stream.poll_write_vectored(cx, slices);
        this.counted(polled)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        true
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_to_hold(|| 0) {
            return Poll::Ready(Ok(()));
        }
        ready!(this.poll_uncork(cx))?;
        let polled = this.stream.poll_flush(cx);
        this.watched(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.poll_uncork(cx))?;
        if !this.is_shut {
            ready!(this.stream.poll_shutdown(cx))?;
            this.is_shut = true;
            this.is_lingering = this.pulse.has_upload();
            // It may take as long as the head of a request.
            this.pulse.count_received(1);
        }
        // In HTTP/2 a body that is not wanted is refused without an end of the connection.
        if this.pulse.is_multiplexed() { Poll::Ready(Ok(())) } else { this.poll_linger(cx) }
    }
}

/// An answer that is complete is not lost because something after it has failed.
impl Drop for Transport {
    fn drop(&mut self) {
        if !self.cork.is_empty() {
            let _ = self.stream.try_write(self.cork.unsent());
        }
    }
}
