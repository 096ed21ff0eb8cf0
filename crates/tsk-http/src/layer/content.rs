//! Bodies, as layers meet them.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tsk_core::{Body, BoxError};

/// What a body turned out to be.
pub(super) enum Content {
    /// In memory, in one piece.
    Whole(Bytes),
    Stream(Body),
}

impl Content {
    /// Finds out by asking the body for its first frame.
    pub(super) fn of(mut body: Body, cx: &mut Context<'_>) -> Self {
        match Pin::new(&mut body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) if body.is_end_stream() => match frame.into_data() {
                Ok(content) => Self::Whole(content),
                Err(trailers) => {
                    Self::Stream(Body::new(Begun { first: Some(Some(Ok(trailers))), rest: body }))
                }
            },
            Poll::Ready(first) => Self::Stream(Body::new(Begun { first: Some(first), rest: body })),
            Poll::Pending => Self::Stream(body),
        }
    }
}

/// A body whose first frame, or whose end, was taken from it.
struct Begun {
    first: Option<Option<Result<Frame<Bytes>, BoxError>>>,
    rest: Body,
}

impl HttpBody for Begun {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(first),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = match &self.first {
            Some(Some(Ok(frame))) => frame.data_ref().map_or(0, |data| data.len() as u64),
            _ => 0,
        };
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(first));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(first));
        }
        hint
    }
}
