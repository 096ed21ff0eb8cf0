//! All of a stack in one call, at the least cost.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Body, BoxError, Gate, Observe};

mod attended;
mod shared;

use attended::Attended;
use shared::Shared;

use super::gated::{Asked, GatedDispatch, Polled};
use crate::{entry::Arrival, layer::filter::Filter};

/// A [`GatedDispatch`] that requests arrive at and that is observed: what an [`Entry`](crate::Entry) around an
/// [`ObserveLayer`](tsk_core::ObserveLayer) around it would be, for less. A request is moved once, to its handler, and its answer
/// is changed in the one place that it is put.
///
/// An answer of HTTP/1 that is in memory in one piece ends when the connection takes it, which takes the piece with the head.
#[derive(Debug)]
pub struct ObservedDispatch<W, O, G, I> {
    arrival: Arrival,
    /// Whether anybody observes; found out once.
    is_active: bool,
    shared: Arc<Shared<W, O, G, I>>,
}

impl<W: Observe, O, G, I> ObservedDispatch<W, O, G, I> {
    pub(super) fn new(gated: GatedDispatch<O, G, I>, arrival: Arrival, observer: W) -> Self {
        Self { arrival, is_active: observer.is_active(), shared: Arc::new(Shared::new(gated, observer)) }
    }
}

impl<W, O, G, I> Clone for ObservedDispatch<W, O, G, I> {
    fn clone(&self) -> Self {
        let Self { arrival, is_active, shared } = self;
        Self { arrival: arrival.clone(), is_active: *is_active, shared: Arc::clone(shared) }
    }
}

impl<W, O, G, I, B> Service<Request<B>> for ObservedDispatch<W, O, G, I>
where
    W: Observe,
    O: Filter,
    G: Gate,
    I: Filter + Clone,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ObservedDispatchFuture<W, O, G, I>;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = self.arrival.attach(&mut request);
        let context = self.is_active.then(|| context.clone());
        let mut attended = Attended::begin(&self.shared, &request, context);
        {
            let (shared, asked, _entered) = attended.enter();
            let passage = shared.gated.pass(&mut request, asked);
            asked.answering = shared.gated.answer(request, passage);
        }
        attended.leave();
        ObservedDispatchFuture { attended: Some(attended) }
    }
}
/// The answer of an [`ObservedDispatch`].
#[must_use = "futures do nothing unless polled"]
pub struct ObservedDispatchFuture<W: Observe, O: Filter, G: Gate, I: Filter> {
    // Boxed, because it is large and the future is moved.
    attended: Option<Kept<W, O, G, I>>,
}

type Kept<W, O, G, I> = Pin<Box<Attended<W, O, G, I>>>;

impl<W: Observe, O: Filter, G: Gate, I: Filter> Future for ObservedDispatchFuture<W, O, G, I> {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut polled = Poll::Pending;
        self.attended.as_mut().expect("not polled after it was ready").poll_into(&mut polled, cx);
        if let Poll::Ready(Ok(response)) = &mut polled
            && let Some(attended) = self.attended.take()
        {
            attended.attend(response);
        }
        polled
    }
}

impl<W: Observe, O: Filter, G: Gate, I: Filter> fmt::Debug for ObservedDispatchFuture<W, O, G, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedDispatchFuture")
    }
}

#[cfg(test)]
mod tests;
