//! What the requests of a connection share: with one reference to it, a request has what is asked and who observes it.

use tsk_core::{Gate, Head, Observe, Outcome, Policy, RequestContext, observe::Answer};

use super::GatedDispatch;
use crate::layer::filter::Filter;

#[derive(Debug)]
pub(super) struct Shared<W, O, G, I> {
    pub(super) gated: GatedDispatch<O, G, I>,
    observer: W,
}

impl<W: Observe, O, G, I> Shared<W, O, G, I> {
    pub(super) fn new(gated: GatedDispatch<O, G, I>, observer: W) -> Self {
        Self { gated, observer }
    }
}

impl<W: Observe, O: Filter, G: Gate, I: Filter> Policy for Shared<W, O, G, I> {}

/// As the observer does.
impl<W: Observe, O: Filter, G: Gate, I: Filter> Observe for Shared<W, O, G, I> {
    type State = W::State;

    #[inline]
    fn is_active(&self) -> bool {
        self.observer.is_active()
    }

    #[inline]
    fn begin(&self, state: &mut W::State, head: &Head<'_>) {
        self.observer.begin(state, head);
    }

    #[inline]
    fn enter(&self, state: &mut W::State) {
        self.observer.enter(state);
    }

    #[inline]
    fn leave(&self, state: &mut W::State) {
        self.observer.leave(state);
    }

    #[inline]
    fn answered(&self, state: &mut W::State, answer: Answer<'_>) {
        self.observer.answered(state, answer);
    }

    #[inline]
    fn ended(&self, state: &mut W::State, context: &RequestContext, outcome: &Outcome) {
        self.observer.ended(state, context, outcome);
    }
}
