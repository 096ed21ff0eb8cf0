//! A gate next to filters, at their cost.

use http::{Request, Response};
use tsk_core::{Admission, Body, Gate, Head, Never, RequestContext, Ticket, gate};

use super::filter::{Filter, Refusal};

/// A [`Gate`] that always knows at once, as a [`Filter`]: where others are next to it, a request need not be moved for it. What
/// may have to wait is for [`GateLayer`](tsk_core::GateLayer).
///
/// A ticket that has to be [held](Ticket::HELD) costs a box; others are done with once they have stamped the answer.
#[derive(Debug, Clone)]
pub struct GateFilter<G>(G);

impl<G: Gate<Wait = Never<<G as Gate>::Ticket>>> GateFilter<G> {
    /// A filter of that gate.
    pub fn new(gate: G) -> Self {
        Self(gate)
    }
}

impl<G: Gate<Wait = Never<<G as Gate>::Ticket>>> Filter for GateFilter<G> {
    type State = Option<G::Ticket>;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, kept: &mut Self::State) -> Result<(), Refusal> {
        match admit(&self.0, request) {
            Admission::Pass(ticket) => {
                *kept = Some(ticket);
                Ok(())
            }
            Admission::Refuse(response) => Err(Box::new(response)),
            Admission::Wait(wait) => match wait.never {},
        }
    }

    #[inline]
    fn end(&self, kept: &mut Self::State, response: &mut Response<Body>) {
        if let Some(ticket) = kept.take() {
            stamp(ticket, response);
        }
    }
}

/// Asks a gate.
#[inline]
pub(crate) fn admit<G: Gate, B>(gate: &G, request: &mut Request<B>) -> Admission<G::Ticket, G::Wait> {
    match Head::new(request) {
        Some(head) => gate.admit(head),
        None => {
            let context = RequestContext::ensure(request.extensions_mut());
            gate.admit(Head::with(request, &context))
        }
    }
}

/// Does with a ticket what its gate has promised for it.
#[inline]
pub(crate) fn stamp<T: Ticket>(ticket: T, response: &mut Response<Body>) {
    if T::HELD {
        let answer = std::mem::replace(response, Response::new(Body::empty()));
        *response = gate::admitted(answer, ticket).map(Body::new);
    } else {
        ticket.answered(response.status());
        ticket.stamp(response.headers_mut());
    }
}

#[cfg(test)]
mod tests;
