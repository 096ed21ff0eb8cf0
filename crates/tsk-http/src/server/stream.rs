//! Sockets of every kind, as one type.

use std::{
    io::{self, IoSlice},
    os::fd::AsFd,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

use super::pulse::Command;
#[cfg(feature = "tls")]
use super::secure::Secure;

/// A connected socket.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    // Boxed: those without should not pay for its size.
    #[cfg(feature = "tls")]
    Tls(Box<Secure>),
}

macro_rules! each {
    ($stream:expr, $socket:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($socket) => $call,
            Stream::Unix($socket) => $call,
            #[cfg(feature = "tls")]
            Stream::Tls($socket) => $call,
        }
    };
}

impl Stream {
    #[inline]
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        command: Command,
    ) -> Poll<io::Result<()>> {
        let is_last = command != Command::Serve;
        match self {
            Self::Tcp(socket) => match Pin::new(&mut *socket).poll_read(cx, buffer) {
                Poll::Pending if is_last => read_now(socket, buffer),
                polled => polled,
            },
            Self::Unix(socket) => match Pin::new(&mut *socket).poll_read(cx, buffer) {
                Poll::Pending if is_last => read_now(socket, buffer),
                polled => polled,
            },
            #[cfg(feature = "tls")]
            Self::Tls(socket) => socket.poll_read(cx, buffer, is_last),
        }
    }

    #[inline]
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write(cx, bytes))
    }

    #[inline]
    pub(super) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write_vectored(cx, slices))
    }

    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_flush(cx))
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_shutdown(cx))
    }

    /// Writes what the system takes at once.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        each!(self, socket => socket.try_write(bytes))
    }
}

/// Asks the system itself, as the runtime may not know yet that bytes have come, and a request that has is not to
/// be lost.
#[cold]
pub(super) fn read_now(socket: &impl AsFd, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    match rustix::io::read(socket, buffer.initialize_unfilled()) {
        Ok(count) => {
            buffer.advance(count);
            Poll::Ready(Ok(()))
        }
        Err(rustix::io::Errno::AGAIN) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error.into())),
    }
}
