//! A request that is observed, in one box with the body of its answer.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tsk_core::{Body, BoxError, Gate, Observe, observe::Watch};

use super::{GatedDispatch, GatedDispatchFuture, Polled};
use crate::layer::filter::Filter;

/// A request that is observed, if anybody does; what is asked for it, and the body of its answer once there is one.
///
/// What a dropped request held is gone by the time that its end is told, so the watch comes last.
pub(super) struct Attended<W: Observe, O: Filter, G: Gate, I: Filter> {
    asked: GatedDispatchFuture<O, G, I>,
    body: Body,
    watch: Option<Watch<W>>,
}

/// The state of an observer is never pinned, and what is asked is not either.
impl<W: Observe, O: Filter, G: Gate, I: Filter> Unpin for Attended<W, O, G, I> {}

impl<W: Observe, O: Filter, G: Gate, I: Filter> Attended<W, O, G, I> {
    /// A request for which nothing is asked yet: it is to be in its place by then.
    #[inline]
    pub(super) fn new(asked: GatedDispatchFuture<O, G, I>, watch: Option<Watch<W>>) -> Pin<Box<Self>> {
        Box::pin(Self { asked, body: Body::empty(), watch })
    }

    #[inline]
    pub(super) fn ask<B>(&mut self, gated: &GatedDispatch<O, G, I>, request: Request<B>)
    where
        I: Clone,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let guard = self.watch.as_mut().map(Watch::enter);
        gated.ask(request, &mut self.asked);
        drop(guard);
        self.leave();
    }

    #[inline]
    pub(super) fn poll_into(&mut self, polled: &mut Polled, cx: &mut Context<'_>) {
        let guard = self.watch.as_mut().map(Watch::enter);
        self.asked.poll_into(polled, cx);
        drop(guard);
        self.leave();
    }

    /// What was asked has not panicked.
    #[inline]
    fn leave(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.leave();
        }
    }

    /// There is an answer, whose body this is from then on. The answer is not moved for it, and nothing is allocated.
    #[inline]
    pub(super) fn attend(mut self: Pin<Box<Self>>, response: &mut Response<Body>) {
        let Some(watch) = &mut self.watch else { return };
        watch.answered(response);
        if watch.goes_on() {
            mem::swap(&mut self.body, response.body_mut());
            *response.body_mut() = Body::boxed(self);
        }
    }
}

impl<W: Observe, O: Filter, G: Gate, I: Filter> HttpBody for Attended<W, O, G, I> {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, watch, .. } = &mut *self;
        match watch {
            Some(watch) => watch.poll_frame(Pin::new(body), cx),
            None => Pin::new(body).poll_frame(cx),
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
