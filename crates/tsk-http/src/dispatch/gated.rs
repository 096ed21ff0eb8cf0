//! A gate and filters around what answers, at the least cost.

use std::{
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Admission, Body, BoxError, Gate};

use super::Inner;
use crate::{
    handler::Answering,
    layer::{
        filter::{Filter, Refusal, panicked},
        gate::{admit, stamp},
    },
};

/// A [`Dispatch`](super::Dispatch), or the middleware around one, behind a gate, with a filter around that and one within: what
/// their layers would make of it, for less, as with a [`FilteredDispatch`](super::FilteredDispatch).
///
/// Where the gate has to wait for its decision, the request waits in a box.
#[derive(Debug)]
pub struct GatedDispatch<O, G, I> {
    inner: Inner,
    around: Arc<Around<O, G, I>>,
}

/// What is around the handlers: the outer filter, the gate, and the inner filter.
#[derive(Debug)]
struct Around<O, G, I> {
    outer: O,
    gate: G,
    within: I,
}

impl<O: Filter, G: Gate, I: Filter + Clone> GatedDispatch<O, G, I> {
    pub(crate) fn new(inner: Inner, outer: O, gate: G, within: I) -> Self {
        Self { inner, around: Arc::new(Around { outer, gate, within }) }
    }
}

impl<O, G, I> Clone for GatedDispatch<O, G, I> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), around: Arc::clone(&self.around) }
    }
}

impl<O, G, I, B> Service<Request<B>> for GatedDispatch<O, G, I>
where
    O: Filter,
    G: Gate,
    I: Filter + Clone,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = GatedDispatchFuture<O, G, I>;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> GatedDispatchFuture<O, G, I> {
        let outer = match self.around.outer.begin(&mut request) {
            Ok(outer) => outer,
            Err(refusal) => return GatedDispatchFuture(Running::Refused(Some(refusal))),
        };
        // What a panic leaves behind is dropped with the request; nothing reads it.
        let admitted = caught::<O, _>(|| self.admit(&mut request));
        let (answering, within) = match admitted {
            Some(Ok((ticket, state))) => match caught::<O, _>(|| self.inner.answer(request)) {
                Some(answering) => (answering, Some((ticket, state))),
                None => return self.answered(outer, Box::new(panicked())),
            },
            Some(Err(Not::Now(wait))) => (Box::pin(self.clone().wait(wait, request)) as Answering, None),
            Some(Err(Not::AtAll(refusal))) => return self.answered(outer, refusal),
            None => return self.answered(outer, Box::new(panicked())),
        };
        GatedDispatchFuture(Running::Asked {
            answering,
            around: Arc::clone(&self.around),
            states: Some((outer, within)),
        })
    }
}

/// Why a request that the outer filter has let pass does not reach its handler.
enum Not<W> {
    /// The gate has to wait. What is within it is seen to there.
    Now(W),
    AtAll(Refusal),
}

/// What is made of a request, if that does not panic where the outer filter answers for it.
#[inline]
fn caught<O: Filter, T>(make: impl FnOnce() -> T) -> Option<T> {
    if O::CATCHES { catch_unwind(AssertUnwindSafe(make)).ok() } else { Some(make()) }
}

impl<O: Filter, G: Gate, I: Filter + Clone> GatedDispatch<O, G, I> {
    /// Lets a request, which is not moved for it, through the gate and the filter within.
    #[inline]
    fn admit<B>(&self, request: &mut Request<B>) -> Result<Admitted<G, I>, Not<G::Wait>> {
        let Around { gate, within, .. } = &*self.around;
        let ticket = match admit(gate, request) {
            Admission::Pass(ticket) => ticket,
            Admission::Refuse(response) => return Err(Not::AtAll(Box::new(response))),
            Admission::Wait(wait) => return Err(Not::Now(wait)),
        };
        match within.begin(request) {
            Ok(state) => Ok((ticket, state)),
            Err(mut refusal) => {
                stamp(ticket, &mut refusal);
                Err(Not::AtAll(refusal))
            }
        }
    }

    /// An answer that is there at once.
    fn answered(&self, outer: O::State, mut answer: Refusal) -> GatedDispatchFuture<O, G, I> {
        self.around.outer.end(outer, &mut answer);
        GatedDispatchFuture(Running::Refused(Some(answer)))
    }

    /// Answers once the gate has decided.
    async fn wait<B>(self, wait: G::Wait, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let ticket = match wait.await {
            Ok(ticket) => ticket,
            Err(response) => return response,
        };
        // What the original has concluded from the fields of requests holds for those alone that have not waited.
        let within = self.around.within.clone();
        let mut response = match within.begin(&mut request) {
            Ok(mut state) => {
                let mut answering = self.inner.answer(request);
                let answer = poll_fn(|cx| match answering.as_mut().poll(cx) {
                    Poll::Pending => {
                        within.pending(&mut state, cx).map_or(Poll::Pending, |refusal| Poll::Ready(*refusal))
                    }
                    ready => ready,
                });
                let mut response = answer.await;
                within.end(state, &mut response);
                response
            }
            Err(refusal) => *refusal,
        };
        stamp(ticket, &mut response);
        response
    }
}

/// The answer of a [`GatedDispatch`].
#[must_use = "futures do nothing unless polled"]
pub struct GatedDispatchFuture<O: Filter, G: Gate, I: Filter>(Running<O, G, I>);

enum Running<O: Filter, G: Gate, I: Filter> {
    Asked { answering: Answering, around: Arc<Around<O, G, I>>, states: Option<States<O, G, I>> },
    Refused(Option<Refusal>),
}

/// What is kept of a request: outside the gate, and within it where nobody else sees to that.
type States<O, G, I> = (<O as Filter>::State, Option<Admitted<G, I>>);

/// What is kept of a request that reaches its handler.
type Admitted<G, I> = (<G as Gate>::Ticket, <I as Filter>::State);

/// The states of filters are never pinned.
impl<O: Filter, G: Gate, I: Filter> Unpin for GatedDispatchFuture<O, G, I> {}

impl<O: Filter, G: Gate, I: Filter> Future for GatedDispatchFuture<O, G, I> {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Running::Asked { answering, around, states } => poll_asked(answering, around, states, cx),
            Running::Refused(refusal) => {
                Poll::Ready(Ok(*refusal.take().expect("not polled after it was ready")))
            }
        }
    }
}

/// The answer is changed in the one place that it is put, as each further one would be another move of it.
#[inline]
fn poll_asked<O: Filter, G: Gate, I: Filter>(
    answering: &mut Answering,
    Around { outer, within, .. }: &Around<O, G, I>,
    states: &mut Option<States<O, G, I>>,
    cx: &mut Context<'_>,
) -> Poll<Result<Response<Body>, Infallible>> {
    let mut polled = Poll::Pending;
    let mut poll = || polled = answering.as_mut().poll(cx).map(Ok);
    let is_alive = if O::CATCHES {
        catch_unwind(AssertUnwindSafe(poll)).is_ok()
    } else {
        poll();
        true
    };
    if polled.is_pending() {
        let refusal = match states {
            _ if !is_alive => Some(panicked()),
            None => None,
            Some((of_outer, inner)) => {
                let refusal = outer
                    .pending(of_outer, cx)
                    .or_else(|| inner.as_mut().and_then(|(_, state)| within.pending(state, cx)));
                refusal.map(|refusal| *refusal)
            }
        };
        polled = refusal.map_or(Poll::Pending, |refusal| Poll::Ready(Ok(refusal)));
    }
    if let Poll::Ready(Ok(response)) = &mut polled
        && let Some((of_outer, inner)) = states.take()
    {
        if let Some((ticket, state)) = inner {
            within.end(state, response);
            stamp(ticket, response);
        }
        outer.end(of_outer, response);
    }
    polled
}

impl<O: Filter, G: Gate, I: Filter> fmt::Debug for GatedDispatchFuture<O, G, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatedDispatchFuture")
    }
}

#[cfg(test)]
mod tests;
