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
use tsk_core::{Admission, Body, BoxError, Gate, Observe};

use super::{Inner, ObservedDispatch, at_once};
use crate::{
    entry::Arrival,
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
    gate: Option<G>,
    within: I,
}

impl<O: Filter, G: Gate, I: Filter + Clone> GatedDispatch<O, G, I> {
    pub(crate) fn new(inner: Inner, outer: O, gate: Option<G>, within: I) -> Self {
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
        let mut asked = Asked::default();
        let passage = self.pass(&mut request, &mut asked);
        asked.answering = self.answer(request, passage);
        GatedDispatchFuture { asked, around: Arc::clone(&self.around) }
    }
}

impl<O: Filter, G: Gate, I: Filter + Clone> GatedDispatch<O, G, I> {
    /// Has an observer see each request, from its arrival here to the end of its answer.
    pub fn observed<W: Observe>(self, observer: W, arrival: Arrival) -> ObservedDispatch<W, O, G, I> {
        ObservedDispatch::new(self, arrival, observer)
    }

    /// Lets a request, which is not moved for it, through the filters and the gate. What they keep is put where it stays.
    #[inline]
    pub(super) fn pass<B>(&self, request: &mut Request<B>, asked: &mut Asked<O, G, I>) -> Passage<G::Wait> {
        let Asked { outer, within, .. } = asked;
        if let Err(refusal) = self.around.outer.begin(request, outer.insert(O::State::default())) {
            *outer = None;
            return Passage::Refused(refusal);
        }
        // What a panic leaves behind is dropped with the request; nothing reads it.
        caught::<O, _>(|| self.admit(request, within)).unwrap_or(Passage::Panicked)
    }

    /// Has a request answered, that has come so far. Out of line, where the request is only pointed at: inlined, it is moved once
    /// more.
    #[inline(never)]
    pub(super) fn answer<B>(&self, request: Request<B>, passage: Passage<G::Wait>) -> Option<Answering>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match passage {
            Passage::Open => caught::<O, _>(|| self.inner.answer(request)),
            Passage::Waits(wait) => Some(Box::pin(self.clone().wait(wait, request))),
            Passage::Refused(refusal) => Some(at_once(*refusal)),
            Passage::Panicked => None,
        }
    }
}

impl<O: Filter, G: Gate, I: Filter> GatedDispatch<O, G, I> {
    /// Puts the answer where it is to be, and changes it there, as each further place would be another move of it.
    #[inline]
    pub(super) fn poll_into(&self, asked: &mut Asked<O, G, I>, polled: &mut Polled, cx: &mut Context<'_>) {
        self.around.poll_into(asked, polled, cx);
    }
}

/// How far a request has come on the way to its handler.
pub(super) enum Passage<W> {
    /// To its handler.
    Open,
    /// To the gate, which has to wait. What is within it is seen to there.
    Waits(W),
    /// It is answered.
    Refused(Refusal),
    Panicked,
}

/// What is made of a request, if that does not panic where the outer filter answers for it.
#[inline]
fn caught<O: Filter, T>(make: impl FnOnce() -> T) -> Option<T> {
    if O::CATCHES { catch_unwind(AssertUnwindSafe(make)).ok() } else { Some(make()) }
}

impl<O: Filter, G: Gate, I: Filter + Clone> GatedDispatch<O, G, I> {
    /// Through the gate and the filter within.
    #[inline]
    fn admit<B>(&self, request: &mut Request<B>, kept: &mut Option<Admitted<G, I>>) -> Passage<G::Wait> {
        let Around { gate, within, .. } = &*self.around;
        let ticket = match gate.as_ref().map(|gate| admit(gate, request)) {
            None => None,
            Some(Admission::Pass(ticket)) => Some(ticket),
            Some(Admission::Refuse(response)) => return Passage::Refused(Box::new(response)),
            Some(Admission::Wait(wait)) => return Passage::Waits(wait),
        };
        let (ticket, state) = kept.insert((ticket, I::State::default()));
        if let Err(mut refusal) = within.begin(request, state) {
            stamp(ticket.take(), &mut refusal);
            *kept = None;
            return Passage::Refused(refusal);
        }
        Passage::Open
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
        let mut state = I::State::default();
        let mut response = match within.begin(&mut request, &mut state) {
            Ok(()) => {
                let mut answering = self.inner.answer(request);
                let answer = poll_fn(|cx| match answering.as_mut().poll(cx) {
                    Poll::Pending => {
                        within.pending(&mut state, cx).map_or(Poll::Pending, |refusal| Poll::Ready(*refusal))
                    }
                    ready => ready,
                });
                let mut response = answer.await;
                within.end(&mut state, &mut response);
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
pub struct GatedDispatchFuture<O: Filter, G: Gate, I: Filter> {
    asked: Asked<O, G, I>,
    around: Arc<Around<O, G, I>>,
}

/// An answer that is asked for, and what is kept until there is one.
pub(super) struct Asked<O: Filter, G: Gate, I: Filter> {
    /// Absent where the call itself panicked, and once there is an answer.
    pub(super) answering: Option<Answering>,
    /// What the outer filter keeps; absent where it has refused the request.
    outer: Option<O::State>,
    /// What is kept within; absent where a request got no further than the gate, or has to wait there.
    within: Option<Admitted<G, I>>,
}

/// What is kept of a request that reaches its handler.
type Admitted<G, I> = (Option<<G as Gate>::Ticket>, <I as Filter>::State);

/// Nothing is asked for yet.
impl<O: Filter, G: Gate, I: Filter> Default for Asked<O, G, I> {
    #[inline]
    fn default() -> Self {
        Self { answering: None, outer: None, within: None }
    }
}

/// The states of filters are never pinned.
impl<O: Filter, G: Gate, I: Filter> Unpin for Asked<O, G, I> {}

impl<O: Filter, G: Gate, I: Filter> Future for GatedDispatchFuture<O, G, I> {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut polled = Poll::Pending;
        let Self { asked, around } = &mut *self;
        around.poll_into(asked, &mut polled, cx);
        polled
    }
}

/// An answer, if there is one.
pub(super) type Polled = Poll<Result<Response<Body>, Infallible>>;

impl<O: Filter, G: Gate, I: Filter> Around<O, G, I> {
    #[inline]
    fn poll_into(&self, asked: &mut Asked<O, G, I>, polled: &mut Polled, cx: &mut Context<'_>) {
        let Asked { answering, outer, within } = asked;
        let is_alive = caught::<O, _>(|| {
            let answering = answering.as_mut()?;
            *polled = answering.as_mut().poll(cx).map(Ok);
            Some(())
        });
        if polled.is_pending() {
            let refusal = match is_alive.flatten() {
                Some(()) => self.pending(outer.as_mut(), within.as_mut(), cx).map(|refusal| *refusal),
                None => Some(panicked()),
            };
            *polled = refusal.map_or(Poll::Pending, |refusal| Poll::Ready(Ok(refusal)));
        }
        if let Poll::Ready(Ok(response)) = polled {
            *answering = None;
            if let Some((ticket, state)) = within {
                self.within.end(state, response);
                stamp(ticket.take(), response);
                *within = None;
            }
            if let Some(state) = outer {
                self.outer.end(state, response);
                *outer = None;
            }
        }
    }

    /// Asks the filters for an answer, where there is none yet.
    fn pending(
        &self,
        outer: Option<&mut O::State>,
        within: Option<&mut Admitted<G, I>>,
        cx: &mut Context<'_>,
    ) -> Option<Refusal> {
        let refusal = outer.and_then(|state| self.outer.pending(state, cx));
        refusal.or_else(|| self.within.pending(&mut within?.1, cx))
    }
}

impl<O: Filter, G: Gate, I: Filter> fmt::Debug for GatedDispatchFuture<O, G, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatedDispatchFuture")
    }
}

#[cfg(test)]
mod tests;
