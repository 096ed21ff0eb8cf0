//! All of a stack in one call, at the least cost.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Body, BoxError, Gate, Observe, observe::Watch};

mod attended;

use attended::Attended;

use super::gated::{GatedDispatch, GatedDispatchFuture};
use crate::{entry::Arrival, layer::filter::Filter};

/// A [`GatedDispatch`] that requests arrive at and that is observed: what an [`Entry`](crate::Entry) around an
/// [`ObserveLayer`](tsk_core::ObserveLayer) around it would be, for less. A request is moved once, to its handler, and its answer
/// is changed in the one place that it is put.
#[derive(Debug, Clone)]
pub struct ObservedDispatch<W, O, G, I> {
    gated: GatedDispatch<O, G, I>,
    arrival: Arrival,
    observer: W,
}

impl<W, O, G, I> ObservedDispatch<W, O, G, I> {
    pub(super) fn new(gated: GatedDispatch<O, G, I>, arrival: Arrival, observer: W) -> Self {
        Self { gated, arrival, observer }
    }
}

impl<W, O, G, I, B> Service<Request<B>> for ObservedDispatch<W, O, G, I>
where
    W: Observe + Clone,
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
        let context = self.observer.is_active().then(|| context.clone());
        let begin = |context| Attended::new(Watch::begin(&self.observer, &request, context));
        let mut attended = context.map(begin);
        let guard = attended.as_mut().map(|attended| attended.watch.enter());
        let gated = self.gated.ask(request);
        drop(guard);
        if let Some(attended) = &mut attended {
            attended.watch.leave();
        }
        ObservedDispatchFuture { gated, attended }
    }
}

/// The answer of an [`ObservedDispatch`].
#[must_use = "futures do nothing unless polled"]
pub struct ObservedDispatchFuture<W: Observe, O: Filter, G: Gate, I: Filter> {
    // What a dropped request held is gone by the time that its end is told, so this comes first.
    gated: GatedDispatchFuture<O, G, I>,
    // Boxed, because it is large and the future is moved.
    attended: Option<Pin<Box<Attended<W>>>>,
}

impl<W: Observe, O: Filter, G: Gate, I: Filter> Future for ObservedDispatchFuture<W, O, G, I> {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { gated, attended } = &mut *self;
        let guard = attended.as_mut().map(|attended| attended.watch.enter());
        let mut polled = Pin::new(gated).poll(cx);
        drop(guard);
        if let Some(attended) = attended {
            attended.watch.leave();
        }
        if let Poll::Ready(Ok(response)) = &mut polled
            && let Some(attended) = attended.take()
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
