//! The body of an answer that is observed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{Observe, running::Running};

pin_project! {
    /// A response body whose end is observed.
    pub struct ObservedBody<B, O: Observe> {
        #[pin]
        body: B,
        running: Option<Box<Running<O>>>,
    }
}

impl<B, O: Observe> ObservedBody<B, O> {
    #[inline]
    pub(super) fn new(body: B, running: Option<Box<Running<O>>>) -> Self {
        Self { body, running }
    }
}

impl<B: HttpBody, O: Observe> HttpBody for ObservedBody<B, O>
where
    B::Data: bytes::Buf,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        match this.running {
            Some(running) => running.poll_frame(this.body, cx),
            None => this.body.poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: fmt::Debug, O: Observe> fmt::Debug for ObservedBody<B, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}
