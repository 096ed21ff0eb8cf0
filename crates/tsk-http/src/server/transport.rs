//! The bytes of a connection.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

use super::pulse::{Command, Pulse};

/// A connected socket.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

macro_rules! each {
    ($stream:expr, $socket:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($socket) => $call,
            Stream::Unix($socket) => $call,
        }
    };
}

/// Which protocol a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// The first bytes of every HTTP/2 connection (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket that counts its reads, and gives again the bytes by which the protocol was told.
#[derive(Debug)]
pub(super) struct Transport {
    stream: Stream,
    pulse: Arc<Pulse>,
    first: [u8; PREFACE.len()],
    /// How many of the first bytes there are, and how many of them were given again.
    filled: u8,
    given: u8,
}

impl Transport {
    pub(super) fn new(stream: Stream, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse, first: [0; PREFACE.len()], filled: 0, given: 0 }
    }

    /// Tells which protocol the client speaks; `None` where it, or the server, has given up before.
    ///
    /// It waits for as few bytes as tell, for the sweep to end it where none come.
    pub(super) async fn version(&mut self) -> io::Result<Option<Version>> {
        std::future::poll_fn(|cx| self.poll_version(cx)).await
    }

    fn poll_version(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Version>>> {
        self.pulse.register(cx.waker());
        // Nothing has begun that could be finished.
        if self.pulse.command() != Command::Serve {
            return Poll::Ready(Ok(None));
        }
        loop {
            let filled = usize::from(self.filled);
            let mut buffer = ReadBuf::new(&mut self.first[filled..]);
            ready!(each!(&mut self.stream, socket => Pin::new(socket).poll_read(cx, &mut buffer)))?;
            let read = buffer.filled().len();
            if read == 0 {
                return Poll::Ready(Ok(None));
            }
            self.pulse.count_read();
            let filled = filled + read;
            self.filled = filled as u8;
            if self.first[..filled] != PREFACE[..filled] {
                return Poll::Ready(Ok(Some(Version::Http1)));
            }
            if filled == PREFACE.len() {
                return Poll::Ready(Ok(Some(Version::Http2)));
            }
        }
    }
}

impl AsyncRead for Transport {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.given < this.filled {
            let first = &this.first[usize::from(this.given)..usize::from(this.filled)];
            let count = first.len().min(buffer.remaining());
            buffer.put_slice(&first[..count]);
            this.given += count as u8;
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(each!(&mut this.stream, socket => Pin::new(socket).poll_read(cx, buffer)))?;
        if buffer.filled().len() > before {
            this.pulse.count_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(&mut self.stream, socket => Pin::new(socket).poll_write(cx, bytes))
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(&mut self.stream, socket => Pin::new(socket).poll_write_vectored(cx, slices))
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        true
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(&mut self.stream, socket => Pin::new(socket).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(&mut self.stream, socket => Pin::new(socket).poll_shutdown(cx))
    }
}
