//! What is measured of an operation.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};
use serde_json::{Value, json};

/// What is measured of an operation: to be looked at, and told to whichever recorder of the crate `metrics` the program has, which
/// is asked for its counters once, when the operation is prepared.
pub(crate) struct Measured {
    runs: Both,
    failed: Both,
    duration: Histogram,
    estimated: Both,
    actual: Both,
    /// In microseconds.
    took: AtomicU64,
}

/// A number here, and the same number there.
struct Both(AtomicU64, Counter);

impl Both {
    fn add(&self, number: u64) {
        self.0.fetch_add(number, Relaxed);
        self.1.increment(number);
    }
}

impl Measured {
    /// Of the operation that is counted by this name.
    pub(crate) fn new(name: &str, kind: &'static str) -> Self {
        let name = || name.to_owned();
        let both = |counter| Both(AtomicU64::new(0), counter);
        Self {
            runs: both(counter!("graphql_operations_total", "operation" => name(), "type" => kind)),
            failed: both(counter!("graphql_operations_failed_total", "operation" => name(), "type" => kind)),
            duration: histogram!("graphql_operation_duration_seconds", "operation" => name(), "type" => kind),
            estimated: both(counter!("graphql_cost_estimated_total", "operation" => name())),
            actual: both(counter!("graphql_cost_actual_total", "operation" => name())),
            took: AtomicU64::new(0),
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, took: Duration, has_failed: bool, estimated: u64, actual: u64) {
        self.runs.add(1);
        if has_failed {
            self.failed.add(1);
        }
        self.duration.record(took);
        self.took.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.estimated.add(estimated);
        self.actual.add(actual);
    }

    /// How long all its answers took, in microseconds.
    pub(crate) fn took(&self) -> u64 {
        self.took.load(Relaxed)
    }

    /// What there is to show.
    pub(crate) fn snapshot(&self) -> Value {
        let of = |both: &Both| both.0.load(Relaxed);
        json!({
            "runs": of(&self.runs),
            "failed": of(&self.failed),
            "milliseconds": self.took() as f64 / 1_000.0,
            "cost": { "estimated": of(&self.estimated), "actual": of(&self.actual) },
        })
    }
}

/// Counts a request that was not run, by the code that its client is told.
pub(crate) fn refused(code: &'static str) {
    counter!("graphql_refused_total", "code" => code).increment(1);
}

/// Says what the metrics are, to a recorder that does not know.
pub(crate) fn describe() {
    describe_counter!("graphql_operations_total", "Operations that were run, by name and type.");
    describe_counter!("graphql_operations_failed_total", "Operations whose answer had errors.");
    describe_histogram!(
        "graphql_operation_duration_seconds",
        "How long operations took, without waiting for their body."
    );
    describe_counter!("graphql_cost_estimated_total", "What operations were estimated to cost.");
    describe_counter!("graphql_cost_actual_total", "What operations have cost, by what was found.");
    describe_counter!(
        "graphql_refused_total",
        "Requests that were not run, by the code that their clients are told."
    );
    describe_counter!("graphql_loader_batches_total", "Batches that loaders have loaded.");
    describe_counter!("graphql_loader_keys_total", "Keys that were in those batches.");
    describe_counter!(
        "graphql_loader_one_by_one_total",
        "Requests in which a loader was asked for one thing after the other."
    );
}
