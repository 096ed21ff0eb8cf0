//! A bucket of tokens, as one number: when it would be full again (the generic cell rate algorithm).

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Gives so many tokens a second, and at once as many as in a second, but one at least.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// Nanoseconds for a token; the largest number where there is none, ever.
    interval: AtomicU64,
    /// When it will be full, in nanoseconds.
    full_at: AtomicU64,
}

const NEVER: u64 = u64::MAX;
const SECOND: u64 = 1_000_000_000;

impl Bucket {
    /// A full bucket of that many a second.
    pub(crate) fn new(per_second: f64) -> Self {
        Self { interval: AtomicU64::new(interval(per_second)), full_at: AtomicU64::new(0) }
    }

    /// Changes how many it gives a second.
    pub(crate) fn set(&self, per_second: f64) {
        self.interval.store(interval(per_second), Relaxed);
    }

    /// Takes a token, if there is one.
    #[inline]
    pub(crate) fn take(&self, now: Duration) -> bool {
        let interval = self.interval.load(Relaxed);
        interval != NEVER && self.take_at(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), interval)
    }

    fn take_at(&self, now: u64, interval: u64) -> bool {
        let burst = SECOND.saturating_sub(interval);
        let mut full_at = self.full_at.load(Relaxed);
        loop {
            if full_at > now.saturating_add(burst) {
                return false;
            }
            let next = full_at.max(now).saturating_add(interval);
            match self.full_at.compare_exchange_weak(full_at, next, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(current) => full_at = current,
            }
        }
    }
}

fn interval(per_second: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    if per_second > 0.0 { (SECOND as f64 / per_second).max(1.0) as u64 } else { NEVER }
}
