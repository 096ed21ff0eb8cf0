//! Percentiles of durations, to a share of themselves: DDSketch, with a fixed number of buckets.

use std::time::Duration;

/// A percentile is at most so much of itself off.
pub(super) const ACCURACY: f64 = 0.02;
/// Each bucket is so many times as wide as the one before.
const GAMMA: f64 = (1.0 + ACCURACY) / (1.0 - ACCURACY);
/// The first bucket has everything up to a microsecond, and the last everything from some five minutes on.
const LOWEST: f64 = 1e3;
const BUCKETS: usize = 490;

/// How many durations there were in each bucket.
#[derive(Debug, Clone)]
pub(super) struct DdSketch(Box<[u32; BUCKETS]>);

impl DdSketch {
    pub(super) fn new() -> Self {
        Self(Box::new([0; BUCKETS]))
    }

    /// One more in a [`bucket`].
    pub(super) fn count(&mut self, bucket: usize) {
        let count = &mut self.0[bucket];
        *count = count.saturating_add(1);
    }

    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// The duration that `share` of all do not exceed; `None` where there are none.
    pub(super) fn quantile(&self, share: f64) -> Option<Duration> {
        let total: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        let rank = (share * (total.checked_sub(1)?) as f64) as u64;
        let mut before = 0;
        let index = self.0.iter().position(|count| {
            before += u64::from(*count);
            before > rank
        })?;
        Some(Duration::from_nanos(middle(index) as u64))
    }
}

/// The bucket of a duration: `i` has what is above γ^(i-1) and up to γ^i times the lowest.
pub(super) fn bucket(nanoseconds: u64) -> usize {
    let ratio = nanoseconds as f64 / LOWEST;
    if ratio <= 1.0 { 0 } else { ((ratio.ln() / GAMMA.ln()).ceil() as usize).min(BUCKETS - 1) }
}

/// What is as far, as a share, from both ends of a bucket.
fn middle(bucket: usize) -> f64 {
    LOWEST * 2.0 * GAMMA.powi(bucket as i32) / (GAMMA + 1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_below_and_above_all_buckets_is_in_the_first_and_the_last() {
        assert_eq!((bucket(0), bucket(1_000), bucket(u64::MAX)), (0, 0, BUCKETS - 1));
        assert!(middle(BUCKETS - 1) > 280e9, "five minutes have a bucket");
        assert_eq!(DdSketch::new().quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn a_quantile_is_near_the_exact_one(
            mut durations in prop::collection::vec(1_001_u64..250_000_000_000, 1..300),
            share in 0.0..1.0_f64,
        ) {
            let mut sketch = DdSketch::new();
            durations.iter().for_each(|duration| sketch.count(bucket(*duration)));
            durations.sort_unstable();
            let exact = durations[(share * (durations.len() - 1) as f64) as usize] as f64;
            let told = sketch.quantile(share).unwrap().as_nanos() as f64;
            prop_assert!((told - exact).abs() <= ACCURACY * exact * 1.000_1 + 1.0, "{told} instead of {exact}");
        }
    }
}
