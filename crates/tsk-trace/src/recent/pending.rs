//! Spans whose request has not ended yet.

use std::collections::{HashMap, HashSet, VecDeque};

use super::trace::{SPANS, Span};

/// How many spans may wait for the end of their request; those of the oldest trace make room.
const PENDING: usize = 4096;

/// Spans by trace. A trace that is never heard of again makes room at last.
#[derive(Debug, Default)]
pub(super) struct Pending {
    traces: HashMap<u128, Children>,
    /// Traces in the order in which they were first heard of; some of them are gone.
    order: VecDeque<u128>,
    count: usize,
}

/// Spans within a request.
#[derive(Debug, Default)]
pub(super) struct Children {
    pub(super) spans: Vec<Span>,
    /// How many more there were.
    pub(super) missing: u32,
}

impl Pending {
    pub(super) fn put(&mut self, trace: u128, span: Span) {
        let children = self.traces.entry(trace).or_insert_with(|| {
            self.order.push_back(trace);
            Children::default()
        });
        if children.spans.len() >= SPANS {
            children.missing = children.missing.saturating_add(1);
            return;
        }
        children.spans.push(span);
        self.count += 1;
        if self.order.len() > 2 * PENDING {
            let mut seen = HashSet::new();
            self.order.retain(|trace| self.traces.contains_key(trace) && seen.insert(*trace));
        }
        while self.count > PENDING {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(gone) = self.traces.remove(&oldest) {
                self.count -= gone.spans.len();
            }
        }
    }

    /// The spans below one. A trace may have several requests to this service, one of which has caused the other.
    pub(super) fn take(&mut self, trace: u128, root: u64) -> Children {
        // Most of the time, and for a service without spans of handlers always.
        if self.traces.is_empty() {
            return Children::default();
        }
        let Some(mut all) = self.traces.remove(&trace) else { return Children::default() };
        self.count -= all.spans.len();
        let mut below = vec![root];
        // A parent ends after its children, so that one pass from the end finds nearly all.
        loop {
            let before = below.len();
            for span in all.spans.iter().rev() {
                if below.contains(&span.parent()) && !below.contains(&span.id()) {
                    below.push(span.id());
                }
            }
            if below.len() == before {
                break;
            }
        }
        let (spans, others): (Vec<_>, Vec<_>) =
            all.spans.drain(..).partition(|span| below.contains(&span.id()));
        if !others.is_empty() {
            self.count += others.len();
            self.traces.insert(trace, Children { spans: others, missing: 0 });
        }
        Children { spans, missing: all.missing }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        (self.count, self.order.len())
    }
}
