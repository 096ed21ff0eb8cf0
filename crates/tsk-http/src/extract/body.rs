//! Bodies that are read whole.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header};
use http_body::{Body as _, SizeHint};
use tsk_core::{Body, BoxError, Problem, problem::Kind};

use super::kind;

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

/// Reads a body whole. Where it came in one piece, nothing is copied.
pub(super) async fn collect(mut body: Body) -> Result<Bytes, Problem> {
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next(&mut body).await? else { return Ok(first) };
    let mut whole = BytesMut::new();
    reserve(&mut whole, first.len() + second.len(), body.size_hint());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(piece) = next(&mut body).await? {
        reserve(&mut whole, piece.len(), body.size_hint());
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
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
