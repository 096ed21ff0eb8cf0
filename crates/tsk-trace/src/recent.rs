//! The last traces that are worth a look.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tsk_core::Insight;

use crate::{
    plan::Plans,
    queue::Waiting,
    record::{Kept, ServerSpan},
};

mod pending;
mod trace;

use pending::Pending;
use trace::{Span, Trace};

/// How many traces of each kind are kept; a new one takes the place of the oldest.
const TRACES: usize = 50;
/// What the traces of each kind may take together, in bytes.
const BYTES: usize = 512 * 1024;

/// The last requests that failed and the last that were slow, each with the spans within it: as `traces`.
///
/// Of a request there are its route and its status, and nothing that the client wrote.
#[derive(Debug)]
pub struct Recent {
    /// From then on a request is slow; zero for never.
    slow: Duration,
    kept: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    /// Spans whose request has not ended yet.
    pending: Pending,
    failed: Shelf,
    slow: Shelf,
}

/// Traces in the order in which they ended.
#[derive(Debug, Default)]
struct Shelf {
    traces: std::collections::VecDeque<Trace>,
    bytes: usize,
}

impl Recent {
    /// None was seen yet.
    pub(crate) fn new(slow: Duration) -> Self {
        Self { slow, kept: Mutex::default() }
    }

    pub(crate) fn take(&self, waiting: &Waiting, plans: &Plans) {
        let (plans, mut kept) = (plans.read(), self.lock());
        for span in &waiting.inner {
            let trace = u128::from_be_bytes(span.span_context.trace_id().to_bytes());
            kept.inner(trace, Span::of(span));
        }
        for span in waiting.server.spans() {
            // Before its root is known to be kept, a span takes room: it is given back whatever becomes of the root.
            let children = kept.pending.take(span.trace, span.span);
            if !span.is_failed() && !self.is_slow(span) {
                continue;
            }
            let plan = plans.get(span.plan);
            let trace = Trace::new(span, plan.map_or("", |plan| &plan.name), children);
            let shelf = if span.is_failed() { &mut kept.failed } else { &mut kept.slow };
            shelf.put(trace);
        }
    }

    fn is_slow(&self, span: &ServerSpan) -> bool {
        span.kept == Kept::Slow || !self.slow.is_zero() && span.duration() >= self.slow
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    /// A span within a request, which may have ended already: not every task is waited for.
    fn inner(&mut self, trace: u128, span: Span) {
        for shelf in [&mut self.failed, &mut self.slow] {
            if let Some(known) = shelf.traces.iter_mut().find(|known| known.has(trace, span.parent())) {
                let before = known.size();
                known.add(span);
                shelf.bytes += known.size() - before;
                return shelf.shrink();
            }
        }
        self.pending.put(trace, span);
    }
}

impl Shelf {
    fn put(&mut self, trace: Trace) {
        self.bytes += trace.size();
        self.traces.push_back(trace);
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.traces.len() > TRACES || self.bytes > BYTES {
            let Some(oldest) = self.traces.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }

    fn show(&self) -> Vec<Value> {
        self.traces.iter().rev().map(Trace::show).collect()
    }
}

impl Insight for Recent {
    fn name(&self) -> &str {
        "traces"
    }

    fn snapshot(&self) -> Value {
        let kept = self.lock();
        json!({ "failed": kept.failed.show(), "slow": kept.slow.show(), "most": TRACES })
    }
}

#[cfg(test)]
mod tests;
