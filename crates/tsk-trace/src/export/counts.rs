//! What became of the spans.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use serde_json::{Value, json};
use tsk_core::Insight;

/// What became of the spans of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The collector has taken them.
    pub sent: u64,
    /// They came when as many waited as may.
    pub dropped_full: u64,
    /// The collector was down, or asked to come later, for too long.
    pub dropped_expired: u64,
    /// The collector will not have them.
    pub refused: u64,
    /// Requests to the collector that it took.
    pub exports: u64,
    /// Requests to the collector that failed, or of which it took only a part; each may be tried again.
    pub exports_failed: u64,
}

impl Counts {
    /// How many are lost, for any reason.
    pub fn lost(&self) -> u64 {
        self.dropped_full + self.dropped_expired + self.refused
    }
}

/// What the exporter's thread says to others of its work.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) sent: AtomicU64,
    pub(super) dropped_full: AtomicU64,
    pub(super) dropped_expired: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) exports: AtomicU64,
    pub(super) exports_failed: AtomicU64,
    /// Spans and bytes that are encoded, and neither sent nor lost.
    pub(super) waiting: AtomicUsize,
    pub(super) waiting_bytes: AtomicUsize,
    /// Whether somebody waited for the end of the sending, and in vain.
    pub(super) is_given_up: AtomicBool,
    /// Why the last batch failed, if it did.
    pub(super) failure: Mutex<Option<String>>,
}

impl Counters {
    pub(super) fn read(&self) -> Counts {
        Counts {
            sent: self.sent.load(Relaxed),
            dropped_full: self.dropped_full.load(Relaxed),
            dropped_expired: self.dropped_expired.load(Relaxed),
            refused: self.refused.load(Relaxed),
            exports: self.exports.load(Relaxed),
            exports_failed: self.exports_failed.load(Relaxed),
        }
    }

    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Relaxed);
    }

    pub(super) fn set_failure(&self, failure: Option<String>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Whether spans arrive, and what became of them: as `trace-export`.
#[derive(Debug, Clone)]
pub(crate) struct ExportInsight {
    pub(super) endpoint: Option<String>,
    pub(super) counters: Arc<Counters>,
}

impl Insight for ExportInsight {
    fn name(&self) -> &str {
        "trace-export"
    }

    fn snapshot(&self) -> Value {
        let counts = self.counters.read();
        let failure = self.counters.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        json!({
            "endpoint": self.endpoint,
            "failure": failure,
            "waiting": self.counters.waiting.load(Relaxed),
            "sent": counts.sent,
            "lost": {
                "queue_full": counts.dropped_full,
                "collector_down": counts.dropped_expired,
                "refused": counts.refused,
            },
        })
    }
}
