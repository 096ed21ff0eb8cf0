//! A request that is observed, in one box with the body of its answer.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tsk_core::{Body, BoxError, Observe, observe::Watch};

/// A request that is observed, and the body of its answer once there is one.
///
/// What a dropped request held is gone by the time that its end is told, so the body comes first.
pub(super) struct Attended<W: Observe> {
    body: Body,
    pub(super) watch: Watch<W>,
}

/// The state of an observer is never pinned.
impl<W: Observe> Unpin for Attended<W> {}

impl<W: Observe> Attended<W> {
    #[inline]
    pub(super) fn new(watch: Watch<W>) -> Pin<Box<Self>> {
        Box::pin(Self { body: Body::empty(), watch })
    }

    /// There is an answer, whose body this is from then on. The answer is not moved for it, and nothing is allocated.
    #[inline]
    pub(super) fn attend(mut self: Pin<Box<Self>>, response: &mut Response<Body>) {
        self.watch.answered(response);
        if self.watch.goes_on() {
            mem::swap(&mut self.body, response.body_mut());
            *response.body_mut() = Body::boxed(self);
        }
    }
}

impl<W: Observe> HttpBody for Attended<W> {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, watch } = &mut *self;
        watch.poll_frame(Pin::new(body), cx)
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
