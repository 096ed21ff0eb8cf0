//! The place of a request in a distributed trace.

use std::sync::atomic::{
    AtomicU8, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Where a request belongs in a distributed trace, by the identifiers of W3C Trace Context (level 2, §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trace {
    /// The trace, shown as 32 hexadecimal digits.
    pub id: u128,
    /// The span of this request within it, shown as 16 hexadecimal digits.
    pub span: u64,
    /// Whether the trace is recorded. One that is not still has identifiers, for logs and outgoing calls.
    pub is_sampled: bool,
}

/// A trace that is written once, by whoever has the request when it begins, at less than half of what a `OnceLock` takes: every request
/// of a service that is traced writes one, and what it holds are numbers.
#[derive(Debug, Default)]
pub(super) struct TraceSlot {
    state: AtomicU8,
    /// The upper half of the trace's identifier, the lower one, and that of the span.
    ids: [AtomicU64; 3],
}

const EMPTY: u8 = 0;
const UNSAMPLED: u8 = 1;
const SAMPLED: u8 = 2;

impl TraceSlot {
    /// `None` until a trace is there in whole.
    #[inline]
    pub(super) fn get(&self) -> Option<Trace> {
        let state = self.state.load(Acquire);
        let [upper, lower, span] = [0, 1, 2].map(|at: usize| self.ids[at].load(Relaxed));
        let id = u128::from(upper) << u64::BITS | u128::from(lower);
        (state != EMPTY).then_some(Trace { id, span, is_sampled: state == SAMPLED })
    }

    /// `false`, and nothing changed, where somebody was before. There is one writer, so that no locked instruction has to find out.
    #[inline]
    pub(super) fn set(&self, trace: Trace) -> bool {
        let is_first = self.state.load(Acquire) == EMPTY;
        if is_first {
            let halves = [(trace.id >> u64::BITS) as u64, trace.id as u64, trace.span];
            for (slot, half) in self.ids.iter().zip(halves) {
                slot.store(half, Relaxed);
            }
            self.state.store(if trace.is_sampled { SAMPLED } else { UNSAMPLED }, Release);
        }
        is_first
    }
}
