//! Usage, as the stack of a service has it counted.

use std::{fmt, sync::Arc};

use tsk_core::{BindError, End, Endpoint, Head, Observe, Outcome, Policy, RequestContext, RouteTable};

use super::{Shared, ledger::Event};

/// Counts who uses what, at the end of each request. Made by [`Usage::observer`](super::Usage::observer).
pub struct UsageObserver {
    shared: Arc<Shared>,
    /// The number of each route, by its index; the last is for requests that match none.
    numbers: Vec<u32>,
}

impl UsageObserver {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, numbers: vec![0] }
    }
}

impl fmt::Debug for UsageObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageObserver").field("routes", &self.numbers.len()).finish_non_exhaustive()
    }
}

impl Policy for UsageObserver {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let mut ledger = self.shared.ledger();
        let number = |endpoint: &Endpoint| {
            let method = endpoint.method().map_or("*", |method| method.as_str());
            ledger.route(&(method.into(), endpoint.template().into(), endpoint.version().map(Into::into)))
        };
        let mut numbers: Vec<_> = routes.iter().map(number).collect();
        drop(ledger);
        numbers.push(0);
        self.numbers = numbers;
        Ok(())
    }
}

impl Observe for UsageObserver {
    type State = ();

    #[inline]
    fn is_active(&self) -> bool {
        self.shared.is_enabled
    }

    #[inline]
    fn begin(&self, (): &mut (), _: &Head<'_>) {}

    #[inline]
    fn ended(&self, (): &mut (), context: &RequestContext, outcome: &Outcome) {
        let index = context.endpoint_index().min(self.numbers.len() - 1);
        let is_error =
            outcome.end == End::Failed || outcome.status.is_some_and(|status| status.as_u16() >= 400);
        let event = Event {
            route: self.numbers[index],
            nanoseconds: outcome.duration.as_nanos() as u64,
            is_error,
            at: outcome.at,
            consumer: context.principal().map(|principal| principal.id()),
        };
        self.shared.buffers.push(&event, || self.shared.ledger());
    }
}
