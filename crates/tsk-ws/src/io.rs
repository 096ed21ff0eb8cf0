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
        // It is taken, not borrowed: a connection may itself be a socket that reads.
        let mut memory = MEMORY.take().unwrap_or_else(|| vec![0; MEMORY_SIZE].into_boxed_slice());
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
