//! What the metrics count of themselves.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use crate::{Format, Samples, catalogue};

/// What the metrics count of themselves.
#[derive(Debug, Default)]
pub(super) struct Own {
    size: AtomicUsize,
    scrapes: [AtomicU64; Format::ALL.len()],
    nanoseconds: [AtomicU64; Format::ALL.len()],
}

impl Own {
    /// How large the last page was, and so the next one about is.
    pub(super) fn last_size(&self) -> usize {
        let size = self.size.load(Relaxed);
        size + size / 16 + 4096
    }

    pub(super) fn rendered(&self, format: Format, size: usize, duration: Duration) {
        self.size.store(size, Relaxed);
        self.scrapes[format as usize].fetch_add(1, Relaxed);
        self.nanoseconds[format as usize].fetch_add(duration.as_nanos() as u64, Relaxed);
    }

    pub(super) fn collect(&self, samples: &mut Samples) {
        for format in Format::ALL {
            let load = |counts: &[AtomicU64]| counts[format as usize].load(Relaxed) as f64;
            samples.set(&catalogue::METRICS_SCRAPES, &[format.name()], load(&self.scrapes));
            let seconds = load(&self.nanoseconds) / 1e9;
            samples.set(&catalogue::METRICS_SCRAPE_DURATION, &[format.name()], seconds);
        }
    }
}
