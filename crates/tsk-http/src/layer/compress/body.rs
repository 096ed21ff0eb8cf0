//! Content that is compressed as it is sent.

use std::{
    cell::RefCell,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tsk_core::{Body, BoxError};

use super::{Settings, encoder::Operation, pool::Lease};
use crate::accept::Coding;

/// What is compressed before others get their turn, in bytes: less than a millisecond's work at the default levels.
pub(super) const SLICE: usize = 64 * 1024;

/// Output that is sent on before there is more, in bytes.
const PIECE: usize = 32 * 1024;

thread_local! {
    // What an encoder gives goes here first, so that streams need no space of their own for it.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the scratch space of a thread may keep, in bytes.
const SCRATCH_KEPT: usize = 2 * SLICE;

fn with_scratch<T>(run: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let result = run(&mut scratch);
    if scratch.capacity() <= SCRATCH_KEPT {
        SCRATCH.set(scratch);
    }
    result
}

/// Compresses content that is all there. `None` where it does not get smaller.
pub(super) fn whole(settings: &Arc<Settings>, coding: Coding, content: &[u8]) -> Option<Bytes> {
    let mut lease = Lease::new(settings, coding, Some(content.len() as u64)).ok()?;
    with_scratch(|output| {
        lease.encode(content, Operation::Finish, output).ok()?;
        (output.len() < content.len()).then(|| Bytes::copy_from_slice(output))
    })
}

pub(super) struct Compressed {
    source: Body,
    /// Absent once the coded stream has ended.
    lease: Option<Lease>,
    input: Bytes,
    /// Whether something has gone in that need not have come out.
    is_dirty: bool,
    /// Bytes compressed since others last had their turn.
    worked: usize,
    trailers: Option<HeaderMap>,
}

impl Compressed {
    pub(super) fn new(source: Body, lease: Lease) -> Self {
        Self { source, lease: Some(lease), input: Bytes::new(), is_dirty: false, worked: 0, trailers: None }
    }

    /// Fills `output` with the next piece; it stays empty at the end.
    fn poll_piece(&mut self, cx: &mut Context<'_>, output: &mut Vec<u8>) -> Poll<Result<(), BoxError>> {
        while let Some(lease) = &mut self.lease {
            if output.len() >= PIECE {
                break;
            }
            if self.worked >= SLICE {
                if !output.is_empty() {
                    break;
                }
                self.worked = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !self.input.is_empty() {
                let slice = self.input.split_to(self.input.len().min(SLICE - self.worked));
                lease.encode(&slice, Operation::Run, output)?;
                self.worked += slice.len();
                self.is_dirty = true;
                continue;
            }
            match Pin::new(&mut self.source).poll_frame(cx) {
                Poll::Ready(Some(frame)) => match frame?.into_data() {
                    Ok(data) => self.input = data,
                    Err(frame) => {
                        self.trailers = frame.into_trailers().ok();
                        self.finish(output)?;
                    }
                },
                Poll::Ready(None) => self.finish(output)?,
                Poll::Pending => {
                    self.worked = 0;
                    if std::mem::take(&mut self.is_dirty)
                        && let Some(lease) = &mut self.lease
                    {
                        lease.encode(&[], Operation::Flush, output)?;
                    }
                    if output.is_empty() {
                        return Poll::Pending;
                    }
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), BoxError> {
        match self.lease.take() {
            Some(mut lease) => lease.encode(&[], Operation::Finish, output),
            None => Ok(()),
        }
    }
}

impl HttpBody for Compressed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece =
            with_scratch(|output| self.poll_piece(cx, output).map_ok(|()| Bytes::copy_from_slice(output)));
        Poll::Ready(match ready!(piece) {
            Ok(piece) if piece.is_empty() => {
                self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))
            }
            Ok(piece) => Some(Ok(Frame::data(piece))),
            Err(error) => {
                self.lease = None;
                Some(Err(error))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.lease.is_none() && self.trailers.is_none()
    }
}

/// The content that an answer to HEAD would have: of unknown length, and never asked for.
pub(super) struct Unsent;

impl HttpBody for Unsent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::new()
    }
}
