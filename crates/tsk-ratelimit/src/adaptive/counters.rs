//! What is counted, here and in the recorder of metrics that the program has installed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Priority, Reason, moves::Move};

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
    moves: [metrics::Counter; Reason::ALL.len()],
}

impl Counters {
    /// Counts into the recorder that is installed at this moment.
    pub(super) fn new(limit: u32) -> Self {
        describe();
        let gauge = metrics::gauge!("overload_limit");
        gauge.set(f64::from(limit));
        let waited = |priority: Priority| {
            Both::new(metrics::counter!("overload_waited_total", "priority" => priority.name()))
        };
        let refused = |priority: Priority, why: Refused| {
            Both::new(metrics::counter!(
                "overload_refused_total",
                "priority" => priority.name(),
                "reason" => why.name(),
            ))
        };
        Self {
            refused: Priority::ALL.map(|priority| Refused::ALL.map(|why| refused(priority, why))),
            waited: Priority::ALL.map(waited),
            limit: gauge,
            moves: Reason::ALL
                .map(|reason| metrics::counter!("overload_moves_total", "reason" => reason.name())),
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
        self.moves[moved.reason as usize].increment(1);
    }

    pub(super) fn refused(&self, priority: Priority, why: Refused) -> u64 {
        self.refused[priority as usize][why as usize].0.load(Relaxed)
    }

    pub(super) fn waited(&self, priority: Priority) -> u64 {
        self.waited[priority as usize].0.load(Relaxed)
    }
}

/// As the catalogue of metrics has it.
fn describe() {
    metrics::describe_gauge!("overload_limit", "How many requests may be worked on at a time.");
    metrics::describe_counter!("overload_moves_total", "How often that limit has moved, and why.");
    metrics::describe_counter!("overload_waited_total", "Requests that had to wait for a place.");
    metrics::describe_counter!(
        "overload_refused_total",
        "Requests that were refused, as there was too much to do."
    );
}
