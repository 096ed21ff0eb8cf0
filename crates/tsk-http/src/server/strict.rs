//! A connection on which requests are read to the letter.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{framing::Framing, pulse::Pulse};
use crate::connection::Shared;

/// Reads that stay with the letter of HTTP/1, for hyper to read.
///
/// Where a request was refused, nothing of what the client sends is read any more. hyper is given the end of
/// a head instead, as it looks at one only when that is complete.
#[derive(Debug)]
pub(super) struct Strict<T> {
    inner: T,
    framing: Framing,
    pulse: Arc<Pulse>,
    shared: Arc<Shared>,
    /// How many requests there had been when hyper was last given a head.
    requests: u32,
    /// Whether the client has sent all it wants to, which hyper is not to know before the answer is sent.
    is_ended: bool,
}

impl<T> Strict<T> {
    /// A target may have so many bytes.
    pub(super) fn new(inner: T, pulse: Arc<Pulse>, shared: Arc<Shared>, target: u32) -> Self {
        Self { inner, framing: Framing::new(target), pulse, shared, requests: 0, is_ended: false }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Strict<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // What follows an upgrade is not HTTP.
        if this.pulse.is_upgraded() {
            return Pin::new(&mut this.inner).poll_read(cx, buffer);
        }
        if this.framing.is_handed() {
            this.framing.settle(this.pulse.body_behind(this.requests));
        }
        if this.framing.is_spoiled() {
            put_end(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer))?;
        if buffer.filled().len() == before && this.framing.is_between() && this.pulse.is_busy() {
            // It may still wait for the answer (RFC 9112 §9.6), and hyper would take this for a departure.
            this.is_ended = true;
            return Poll::Pending;
        }
        let kept = this.framing.follow(&mut buffer.filled_mut()[before..]);
        this.shared.set_fields(this.framing.number());
        buffer.set_filled(before + kept);
        if kept == 0 && this.framing.is_spoiled() {
            // None at all would be an end.
            put_end(buffer);
        }
        this.requests = this.pulse.requests();
        Poll::Ready(Ok(()))
    }
}

/// Ends what hyper was given of a request that is refused: a request line that was cut, or any head.
#[cold]
fn put_end(buffer: &mut ReadBuf<'_>) {
    const END: &[u8] = b" HTTP/1.1\r\n\r\n";
    buffer.put_slice(&END[..END.len().min(buffer.remaining())]);
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Strict<T> {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_ended && !self.pulse.is_busy() {
            self.is_ended = false;
            // Now it may be read.
            cx.waker().wake_by_ref();
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    #[inline]
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Who is in the middle of what was refused is to learn of it.
        if self.framing.is_spoiled() {
            self.pulse.set_unread();
        }
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
