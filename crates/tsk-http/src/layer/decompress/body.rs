//! Content that is decompressed as it is read.

use std::{
    cell::RefCell,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, header};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tsk_core::{BoxError, Problem};

use super::{
    BOMB, INVALID, Ratio,
    decoder::{Decoder, Step},
};
use crate::accept::Coding;

/// What is decoded at a time, in bytes.
const PIECE: usize = 32 * 1024;

/// What is read and written before others get their turn, in bytes: less than a millisecond's work.
const SLICE: usize = 256 * 1024;

/// How much longer than the content what was sent may be: so many times, and so many bytes.
const OVERHEAD: (u64, u64) = (8, 64 * 1024);

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

pin_project! {
    /// The body of a request that may have been compressed.
    pub struct DecompressedBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    // What is compressed is boxed: it must not make what is common any larger.
    #[project = KindProjection]
    enum Kind<B> {
        Plain { #[pin] body: B },
        Coded { body: Pin<Box<Decoded<B>>> },
    }
}

impl<B> DecompressedBody<B> {
    #[inline]
    pub(super) fn plain(body: B) -> Self {
        Self { kind: Kind::Plain { body } }
    }

    #[cold]
    pub(super) fn decoded(body: B, coding: Coding, ratio: Ratio) -> Self {
        let body = Decoded {
            source: body,
            decoder: Some(Decoder::new(coding)),
            ratio,
            input: Bytes::new(),
            is_full: false,
            sent: 0,
            content: 0,
            worked: 0,
            trailers: None,
        };
        Self { kind: Kind::Coded { body: Box::pin(body) } }
    }
}

impl<B> Body for DecompressedBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.project().kind.project() {
            KindProjection::Plain { body } => {
                body.poll_frame(cx).map(|frame| frame.map(|result| result.map_err(Into::into)))
            }
            KindProjection::Coded { body } => body.as_mut().poll_decoded(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Plain { body } => body.is_end_stream(),
            Kind::Coded { body } => body.decoder.is_none() && body.trailers.is_none(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Plain { body } => body.size_hint(),
            Kind::Coded { .. } => SizeHint::new(),
        }
    }
}

impl<B> fmt::Debug for DecompressedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecompressedBody")
    }
}

pin_project! {
    struct Decoded<B> {
        #[pin]
        source: B,
        // Absent once the content has ended, or failed.
        decoder: Option<Decoder>,
        ratio: Ratio,
        input: Bytes,
        // Whether the decoder may have more to give without further input.
        is_full: bool,
        sent: u64,
        content: u64,
        worked: usize,
        trailers: Option<HeaderMap>,
    }
}

impl<B> Decoded<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn poll_decoded(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = ready!(self.as_mut().poll_piece(cx));
        let this = self.project();
        Poll::Ready(match piece {
            Ok(Some(piece)) => Some(Ok(Frame::data(piece))),
            Ok(None) => this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))),
            Err(error) => {
                *this.decoder = None;
                Some(Err(error))
            }
        })
    }

    fn poll_piece(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BoxError>> {
        loop {
            if self.decoder.is_none() {
                return Poll::Ready(Ok(None));
            }
            if self.worked >= SLICE {
                *self.project().worked = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !self.input.is_empty() || self.is_full {
                let piece = self.as_mut().decode()?;
                if !piece.is_empty() {
                    return Poll::Ready(Ok(Some(piece)));
                }
                continue;
            }
            let this = self.as_mut().project();
            match this.source.poll_frame(cx) {
                Poll::Pending => {
                    *this.worked = 0;
                    return Poll::Pending;
                }
                Poll::Ready(Some(frame)) => match frame.map_err(Into::into)?.into_data() {
                    Ok(data) => {
                        *this.sent += data.len() as u64;
                        *this.input = data;
                    }
                    Err(frame) => {
                        *this.trailers = frame.into_trailers().ok();
                        self.as_mut().end()?;
                    }
                },
                Poll::Ready(None) => self.as_mut().end()?,
            }
        }
    }

    /// A piece of content, if there is one.
    fn decode(self: Pin<&mut Self>) -> Result<Bytes, BoxError> {
        let this = self.project();
        let decoder = this.decoder.as_mut().expect("content that has ended is not decoded");
        let mut scratch = SCRATCH.take();
        scratch.resize(PIECE, 0);
        let step = decoder.decode(this.input, &mut scratch);
        let step = step.map(|step| (Bytes::copy_from_slice(&scratch[..step.written]), step));
        SCRATCH.set(scratch);
        let malformed = || invalid("The body is not what its `content-encoding` says.");
        let (piece, Step { read, written }) = step.map_err(|_| malformed())?;
        if read == 0 && written == 0 && !this.input.is_empty() {
            return Err(malformed());
        }
        this.input.advance(read);
        *this.is_full = written == PIECE;
        *this.worked += read + written;
        *this.content += written as u64;

        let read = *this.sent - this.input.len() as u64;
        if *this.content > this.ratio.from && *this.content > read.saturating_mul(this.ratio.most) {
            return Err(bomb(this.ratio.most));
        }
        let (times, bytes) = OVERHEAD;
        if read > this.content.saturating_mul(times).saturating_add(bytes) {
            return Err(invalid("The body has far less content than bytes."));
        }
        Ok(piece)
    }

    fn end(self: Pin<&mut Self>) -> Result<(), BoxError> {
        let this = self.project();
        match this.decoder.take() {
            Some(decoder) if !decoder.is_complete() => Err(invalid("The body ends early.")),
            _ => Ok(()),
        }
    }
}

fn invalid(detail: &'static str) -> BoxError {
    Problem::of(INVALID).detail(detail).into()
}

fn bomb(most: u64) -> BoxError {
    Problem::of(BOMB)
        .detail(format!("The content may be {most} times as long as what is sent."))
        .with("max_ratio", most)
        // What the client still sends is not read, so the connection cannot be used again.
        .header(header::CONNECTION, HeaderValue::from_static("close"))
        .into()
}
