//! How many series there may be.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many series there may be, over all metrics.
#[derive(Debug)]
pub(crate) struct Budget {
    taken: AtomicUsize,
    max: usize,
}

impl Budget {
    pub(crate) fn new(max: usize) -> Self {
        Self { taken: AtomicUsize::new(0), max }
    }

    /// Takes room for `count` series, if there is that much.
    pub(crate) fn take(&self, count: usize) -> bool {
        let fits = |taken: usize| taken.checked_add(count).filter(|taken| *taken <= self.max);
        self.taken.fetch_update(Relaxed, Relaxed, fits).is_ok()
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&self, count: usize) {
        self.taken.fetch_sub(count, Relaxed);
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Relaxed)
    }
}
