//! What is counted, here and in the recorder of metrics that the program has installed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Priority, limiter::Move};

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// There was no room, and none to wait in.
    Full,
    /// It had waited for as long as it may.
    Late,
}

impl Refused {
    pub(super) const ALL: [Self; 2] = [Self::Full, Self::Late];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Late => "late",
        }
    }
}

/// A number of our own, and the handle of the same one elsewhere.
#[derive(Debug)]
struct Both(AtomicU64, metrics::Counter);

impl Both {
    fn new(counter: metrics::Counter) -> Self {
        Self(AtomicU64::new(0), counter)
    }

    fn add(&self) {
        self.0.fetch_add(1, Relaxed);
        self.1.increment(1);
    }
}

/// The handles are held: nothing is looked up when something is counted.
#[derive(Debug)]
pub(super) struct Counters {
    refused: [[Both; 2]; 3],
    waited: [Both; 3],
    limit: metrics::Gauge,
}

impl Counters {
    /// Counts into the recorder that is installed at this moment.
    pub(super) fn new(limit: u32) -> Self {
        metrics::describe_gauge!("overload_limit", "How many requests may be worked on at a time.");
        metrics::describe_counter!("overload_waited_total", "Requests that had to wait for a place.");
        metrics::describe_counter!(
            "overload_refused_total",
            "Requests that were refused, as there was too much to do."
        );
        let gauge = metrics::gauge!("overload_limit");
        gauge.set(f64::from(limit));
        Self {
            refused: Priority::ALL.map(|priority| {
                Refused::ALL.map(|reason| {
                    Both::new(metrics::counter!(
                        "overload_refused_total",
                        "priority" => priority.name(),
                        "reason" => reason.name(),
                    ))
                })
            }),
            waited: Priority::ALL.map(|priority| {
                Both::new(metrics::counter!("overload_waited_total", "priority" => priority.name()))
            }),
            limit: gauge,
        }
    }

    pub(super) fn refuse(&self, priority: Priority, why: Refused) {
        self.refused[priority as usize][why as usize].add();
    }

    pub(super) fn wait(&self, priority: Priority) {
        self.waited[priority as usize].add();
    }

    pub(super) fn moved(&self, moved: &Move) {
        self.limit.set(f64::from(moved.to));
    }

    pub(super) fn refused(&self, priority: Priority, why: Refused) -> u64 {
        self.refused[priority as usize][why as usize].0.load(Relaxed)
    }

    pub(super) fn waited(&self, priority: Priority) -> u64 {
        self.waited[priority as usize].0.load(Relaxed)
    }
}
