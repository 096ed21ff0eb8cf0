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
    type State = G::Ticket;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>) -> Result<G::Ticket, Refusal> {
        let admission = match Head::new(request) {
            Some(head) => self.0.admit(head),
            None => {
                let context = RequestContext::ensure(request.extensions_mut());
                self.0.admit(Head::with(request, &context))
            }
        };
        match admission {
            Admission::Pass(ticket) => Ok(ticket),
            Admission::Refuse(response) => Err(Box::new(response)),
            Admission::Wait(wait) => match wait.never {},
        }
    }

    #[inline]
    fn end(&self, ticket: G::Ticket, response: &mut Response<Body>) {
        if G::Ticket::HELD {
            let answer = std::mem::replace(response, Response::new(Body::empty()));
            *response = gate::admitted(answer, ticket).map(Body::new);
        } else {
            ticket.stamp(response.headers_mut());
        }
    }
}

#[cfg(test)]
mod tests;
