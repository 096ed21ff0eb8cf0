//! Request bodies that end at a limit.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tsk_core::BoxError;

use crate::extract::{body_too_large, unreadable};

pin_project! {
    /// A request body that is read up to a limit, and whose errors are [`Problem`](tsk_core::Problem)s: whoever
    /// reads it can answer with them as they are.
    pub(super) struct Limited<B> {
        #[pin]
        body: B,
        left: u64,
        limit: u64,
    }
}

impl<B> Limited<B> {
    pub(super) fn new(body: B, limit: u64) -> Self {
        Self { body, left: limit, limit }
    }
}

impl<B> Body for Limited<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let frame = match ready!(this.body.poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(unreadable(error.into()).into()))),
            None => return Poll::Ready(None),
        };
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        let Some(left) = this.left.checked_sub(length) else {
            // Who reads on in spite of the error gets no more.
            *this.left = 0;
            return Poll::Ready(Some(Err(body_too_large(*this.limit).into())));
        };
        *this.left = left;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        if hint.upper().is_none_or(|upper| upper > self.left) {
            hint = SizeHint::new();
            hint.set_upper(self.left);
        }
        hint
    }
}
