//! Requests that stand for the others in their bucket.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tsk_core::context::Trace;

/// A request that was traced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) trace: Trace,
    /// What was measured, as it is counted.
    pub(crate) value: u64,
    /// When, in milliseconds since 1970.
    pub(crate) at: u64,
}

/// The latest exemplar of a bucket.
///
/// It is replaced once a second at most: where every request is traced, cores would otherwise take it from each other all
/// the time.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    second: AtomicU64,
    exemplar: Mutex<Option<Exemplar>>,
}

impl Slot {
    #[inline]
    pub(crate) fn offer(&self, exemplar: Exemplar) {
        let second = exemplar.at / 1000;
        if self.second.load(Relaxed) == second {
            return;
        }
        // Whoever finds it locked is no better than who has locked it.
        if let Ok(mut slot) = self.exemplar.try_lock() {
            *slot = Some(exemplar);
            self.second.store(second, Relaxed);
        }
    }

    pub(crate) fn get(&self) -> Option<Exemplar> {
        self.exemplar.lock().ok().and_then(|slot| *slot)
    }
}
