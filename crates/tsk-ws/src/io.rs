//! The connection below a socket, and the memory that it is read into.

use std::{
    cell::Cell,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{frame::Framed, outbox::COPIED};

/// A connection.
pub(crate) enum Io {
    /// One that hyper has handed over.
    Upgraded(TokioIo<Upgraded>),
    /// Any other.
    Stream(Box<dyn Stream>),
}

/// What a socket can be spoken over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Io {
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match (self, slices) {
            // The system takes one piece faster than a list of one.
            (Self::Upgraded(io), [one]) => Pin::new(io).poll_write(cx, one),
            (Self::Stream(io), [one]) => Pin::new(io).poll_write(cx, one),
            (Self::Upgraded(io), _) => Pin::new(io).poll_write_vectored(cx, slices),
            (Self::Stream(io), _) => Pin::new(io).poll_write_vectored(cx, slices),
        }
    }

    /// Writes a frame from where it is.
    pub(crate) fn poll_write_frame(
        &mut self,
        cx: &mut Context<'_>,
        frame: &Framed,
    ) -> Poll<io::Result<usize>> {
        let (header, payload) = (frame.header(), frame.payload());
        if header.is_empty() {
            return self.poll_write(cx, &[IoSlice::new(payload)]);
        }
        if payload.len() > COPIED {
            return self.poll_write(cx, &[IoSlice::new(header), IoSlice::new(payload)]);
        }
        let mut memory = take_memory();
        memory[..header.len()].copy_from_slice(header);
        memory[header.len()..frame.len()].copy_from_slice(payload);
        let polled = self.poll_write(cx, &[IoSlice::new(&memory[..frame.len()])]);
        MEMORY.set(Some(memory));
        polled
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Upgraded(io) => Pin::new(io).poll_flush(cx),
            Self::Stream(io) => Pin::new(io).poll_flush(cx),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Upgraded(io) => Pin::new(io).poll_shutdown(cx),
            Self::Stream(io) => Pin::new(io).poll_shutdown(cx),
        }
    }

    /// Reads what has come, and has it looked at where it is: of this memory there is one for each thread, not for each socket.
    /// Nothing at all is the end.
    pub(crate) fn poll_read<T>(
        &mut self,
        cx: &mut Context<'_>,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Poll<io::Result<T>> {
        let mut memory = take_memory();
        let mut buffer = ReadBuf::new(&mut memory);
        let polled = match self {
            Self::Upgraded(io) => Pin::new(io).poll_read(cx, &mut buffer),
            Self::Stream(io) => Pin::new(io).poll_read(cx, &mut buffer),
        };
        let polled = polled.map_ok(|()| look(buffer.filled()));
        MEMORY.set(Some(memory));
        Poll::Ready(Ok(ready!(polled)?))
    }
}

/// As much as is read at once, in bytes.
const MEMORY_SIZE: usize = 64 * 1024;

thread_local! {
    static MEMORY: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// It is taken, not borrowed: a connection may itself be a socket that reads.
fn take_memory() -> Box<[u8]> {
    MEMORY.take().unwrap_or_else(|| vec![0; MEMORY_SIZE].into_boxed_slice())
}
