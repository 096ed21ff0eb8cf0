//! What is counted while requests are made.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use http::StatusCode;

use crate::client::{Answer, Failure, Reason};

/// A nanosecond is finer than anybody measures, and an hour is longer than anybody waits.
const LOWEST: u64 = 1_000;
const HIGHEST: u64 = 3_600_000_000_000;

/// What came of the requests so far.
#[derive(Debug)]
pub(super) struct Tally {
    /// In nanoseconds, to three digits.
    pub(super) latencies: Histogram<u64>,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) failures: BTreeMap<Reason, u64>,
    /// Of bodies.
    pub(super) bytes: u64,
    /// Requests that were due while every connection had another.
    pub(super) delayed: u64,
    /// When the last answer came, or failed to, from the start.
    pub(super) last: Duration,
}

impl Tally {
    pub(super) fn new() -> Tally {
        let latencies = Histogram::new_with_bounds(LOWEST, HIGHEST, 3);
        Tally {
            latencies: latencies.expect("the bounds are in order and three digits are within what it takes"),
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            bytes: 0,
            delayed: 0,
            last: Duration::ZERO,
        }
    }

    /// Counts what came of a request, `latency` after it was due.
    pub(super) fn record(&mut self, result: &Result<Answer, Failure>, latency: Duration) {
        match result {
            Ok(answer) => {
                *self.statuses.entry(answer.status.as_u16()).or_default() += 1;
                self.bytes += answer.bytes;
                self.latency(latency, 1);
            }
            Err(failure) => {
                *self.failures.entry(failure.reason).or_default() += 1;
                // It would have taken longer still; a refusal, which is quick, says nothing of latency.
                if failure.reason == Reason::Timeout {
                    self.latency(latency, 1);
                }
            }
        }
    }

    /// Counts requests that were never sent, which waited from `longest` down to `shortest`.
    ///
    /// They are counted in so many steps at most, since there may be as many as anybody asks for.
    pub(super) fn unsent(&mut self, count: u64, longest: Duration, shortest: Duration) {
        const STEPS: u64 = 1_000;
        let steps = count.min(STEPS);
        let span = longest.saturating_sub(shortest);
        for step in 0..steps {
            let many = count * (step + 1) / steps - count * step / steps;
            let share = (step as f64 + 0.5) / steps as f64;
            self.latency(longest.saturating_sub(span.mul_f64(share)), many);
        }
    }

    pub(super) fn answered(&self) -> u64 {
        self.statuses.values().sum()
    }

    pub(super) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Answers that say that something is wrong.
    pub(super) fn refused(&self) -> u64 {
        let wrong = self.statuses.range(StatusCode::BAD_REQUEST.as_u16()..);
        wrong.map(|(_, count)| count).sum()
    }

    fn latency(&mut self, latency: Duration, count: u64) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(HIGHEST);
        self.latencies.saturating_record_n(nanos.clamp(1, HIGHEST), count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: StatusCode) -> Result<Answer, Failure> {
        Ok(Answer { status, bytes: 10 })
    }

    #[test]
    fn a_timeout_has_a_latency_and_a_refusal_has_none() {
        let mut tally = Tally::new();
        tally.record(&answer(StatusCode::OK), Duration::from_millis(1));
        tally.record(&answer(StatusCode::NOT_FOUND), Duration::from_millis(1));
        tally.record(&Err(Failure::new(Reason::Timeout, "")), Duration::from_secs(5));
        tally.record(&Err(Failure::new(Reason::Connect, "")), Duration::from_nanos(1));
        assert_eq!((tally.answered(), tally.failed(), tally.refused(), tally.bytes), (2, 2, 1, 20));
        assert_eq!(tally.latencies.len(), 3);
        assert!(tally.latencies.max() >= 5_000_000_000);
    }

    #[test]
    fn what_was_never_sent_has_waited_all_the_same() {
        for count in [1, 7, 1_000, 1_000_003] {
            let mut tally = Tally::new();
            tally.unsent(count, Duration::from_secs(9), Duration::from_secs(1));
            assert_eq!(tally.latencies.len(), count);
            let median = tally.latencies.value_at_quantile(0.5) as f64 / 1e9;
            assert!((4.0..6.0).contains(&median), "{median}");
            assert!(tally.latencies.max() <= 9_010_000_000 && tally.latencies.min() >= 990_000_000);
        }
    }

    #[test]
    fn a_latency_beyond_all_bounds_is_kept_at_the_bound() {
        let mut tally = Tally::new();
        tally.record(&answer(StatusCode::OK), Duration::MAX);
        tally.record(&answer(StatusCode::OK), Duration::ZERO);
        assert_eq!(tally.latencies.len(), 2);
    }
}
