//! Bodies that are read whole.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header};
use http_body::{Body as _, SizeHint};
use tsk_core::{Body, BoxError, Problem, problem::Kind};

use super::{kind, media_type::Expected};

/// A request body has more bytes than the route takes.
pub const TOO_LARGE: Kind =
    kind("urn:tsk:problems/body-too-large", "Request body too large", StatusCode::PAYLOAD_TOO_LARGE);

/// The answer to a body of more than `limit` bytes.
pub(crate) fn body_too_large(limit: u64) -> Problem {
    too_large(format!("The body may have {limit} bytes."), limit)
}

/// The answer to a body, or a part of it, that is over a limit.
#[cold]
pub(super) fn too_large(detail: String, limit: u64) -> Problem {
    Problem::of(TOO_LARGE)
        .detail(detail)
        .with("limit", limit)
        // What the client still sends is not read, so the connection cannot be used again.
        .header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// A body that is read whole. Where it comes in one piece, nothing is copied.
pub(super) struct Whole {
    body: Body,
    /// What has come, as long as that is one piece.
    first: Bytes,
    /// What has come, once it is several.
    joined: BytesMut,
}

impl Whole {
    #[inline]
    pub(super) fn new(body: Body) -> Self {
        Self { body, first: Bytes::new(), joined: BytesMut::new() }
    }

    /// All of it, or the answer to a body that has failed.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Problem>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Err(unreadable(error))),
                None => return Poll::Ready(Ok(self.take())),
            };
            // Trailers are passed over.
            if let Ok(piece) = frame.into_data() {
                self.push(piece);
            }
            if self.body.is_end_stream() {
                return Poll::Ready(Ok(self.take()));
            }
        }
    }

    #[inline]
    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() && self.joined.is_empty() {
            self.first = piece;
        } else {
            self.join(&piece);
        }
    }

    #[inline(never)]
    fn join(&mut self, piece: &[u8]) {
        let first = mem::take(&mut self.first);
        reserve(&mut self.joined, first.len() + piece.len(), self.body.size_hint());
        self.joined.extend_from_slice(&first);
        self.joined.extend_from_slice(piece);
    }

    #[inline]
    fn take(&mut self) -> Bytes {
        if self.joined.is_empty() { mem::take(&mut self.first) } else { mem::take(&mut self.joined).freeze() }
    }
}

/// Reads a body whole, and makes something of it.
#[inline]
pub(super) fn read<T, F>(body: Body, mut make: F) -> impl Future<Output = Result<T, Problem>> + Send
where
    F: FnMut(Bytes) -> Result<T, Problem> + Send,
{
    let mut whole = Whole::new(body);
    poll_fn(move |cx| Poll::Ready(make(ready!(whole.poll(cx))?)))
}

/// The same of a body that must have a media type. One that has another is not read.
#[inline]
pub(super) fn read_as<T, F>(
    expected: Expected,
    body: Body,
    mut make: F,
) -> impl Future<Output = Result<T, Problem>> + Send
where
    F: FnMut(&[u8]) -> Result<T, Problem> + Send,
{
    let mut whole = Whole::new(body);
    poll_fn(move |cx| {
        expected.check()?;
        let bytes = ready!(whole.poll(cx))?;
        Poll::Ready(make(&bytes))
    })
}

/// The same of a body that may be empty, whatever its type; then there is nothing to make of it.
pub(super) fn read_optional<T, F>(
    expected: Expected,
    body: Body,
    mut make: F,
) -> impl Future<Output = Result<Option<T>, Problem>> + Send
where
    F: FnMut(&[u8]) -> Result<T, Problem> + Send,
{
    let make = move |bytes: Bytes| {
        if bytes.is_empty() {
            return Ok(None);
        }
        expected.check()?;
        make(&bytes).map(Some)
    };
    read(body, make)
}

/// Makes room for a piece, and for what is said to follow it: of that, as much is believed as has come.
fn reserve(whole: &mut BytesMut, piece: usize, rest: SizeHint) {
    if whole.capacity() - whole.len() < piece {
        let come = whole.len() + piece;
        whole.reserve(piece + rest.lower().min(come as u64) as usize);
    }
}

/// The next piece, or the answer to a body that has failed.
pub(super) async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    body.chunk().await.map_err(unreadable)
}

/// The answer to a body that could not be read: the one that its error is, or else a 400.
pub(crate) fn unreadable(error: BoxError) -> Problem {
    error.downcast().map_or_else(
        |error| {
            Problem::new(StatusCode::BAD_REQUEST)
                .detail("The body could not be read to its end.")
                .with_source(error)
        },
        |problem| *problem,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_set_aside_than_has_come() {
        for piece in [1, 100, 8 * 1024] {
            let mut whole = BytesMut::new();
            for come in (1..100).map(|count| count * piece) {
                reserve(&mut whole, piece, SizeHint::with_exact(1 << 30));
                whole.resize(come, 0);
                // Allocations are rounded up, and double by themselves.
                assert!(whole.capacity() <= 4 * come.max(64), "{} for {come}", whole.capacity());
            }
        }
    }
}
