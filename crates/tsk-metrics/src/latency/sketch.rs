//! Durations in buckets so fine that percentiles can be told of them.
//!
//! Sixteen buckets for each doubling, as in a HdrHistogram of low precision: a percentile is at most 6.25 % off.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use crate::shard::{Here, Line, Sharded};

/// Below this many units a bucket is one unit; above, a sixteenth of a power of two.
const STEPS: u64 = 16;
/// A unit is 1.024 µs.
const UNIT_BITS: u32 = 10;
/// The last bucket begins at 266 s, and has all that is longer.
pub(crate) const BUCKETS: usize = 400;

const PER_LINE: usize = 32;

/// The bucket of a duration in nanoseconds.
#[inline]
fn bucket(nanoseconds: u64) -> usize {
    let units = nanoseconds >> UNIT_BITS;
    if units < STEPS {
        return units as usize;
    }
    let power = units.ilog2();
    let step = (units >> (power - 4)) & (STEPS - 1);
    ((u64::from(power - 3) * STEPS + step) as usize).min(BUCKETS - 1)
}

/// Where a bucket begins, in nanoseconds.
fn start(bucket: usize) -> u64 {
    let (power, step) = (bucket as u64 / STEPS, bucket as u64 % STEPS);
    let units = if power == 0 { step } else { (STEPS + step) << (power - 1) };
    units << UNIT_BITS
}

/// What was counted since the start, in numbers that begin again after 2^32: who looks every few seconds knows how often they have.
#[derive(Debug)]
pub(crate) struct Sketch(Sharded<Box<[Line<[AtomicU32; PER_LINE]>; BUCKETS.div_ceil(PER_LINE)]>>);

impl Sketch {
    pub(crate) fn new() -> Self {
        Self(Sharded::new())
    }

    #[inline]
    pub(crate) fn record(&self, here: Here, nanoseconds: u64) {
        let lines = self.0.at(here, Box::default);
        let bucket = bucket(nanoseconds);
        here.count(&lines[bucket / PER_LINE].0[bucket % PER_LINE]);
    }

    /// What was counted, by bucket.
    pub(super) fn read(&self) -> [u32; BUCKETS] {
        let mut sums = [0_u32; BUCKETS];
        for lines in self.0.iter() {
            for (sum, cell) in sums.iter_mut().zip(lines.iter().flat_map(|line| &line.0)) {
                *sum = sum.wrapping_add(cell.load(Relaxed));
            }
        }
        sums
    }
}

/// How many durations there were in each bucket.
#[derive(Debug, Clone)]
pub(crate) struct Counts(Box<[u64; BUCKETS]>);

impl Default for Counts {
    fn default() -> Self {
        Self(Box::new([0; BUCKETS]))
    }
}

impl Counts {
    pub(crate) fn add(&mut self, bucket: usize, count: u64) {
        self.0[bucket] += count;
    }

    /// What was counted in a bucket after all that is here.
    pub(super) fn since(&self, bucket: usize, sum: u32) -> u32 {
        sum.wrapping_sub(self.0[bucket] as u32)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0.iter()) {
            *count += more;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The duration that `share` of all stay below, evenly spread within its bucket; `None` where there are none.
    pub(crate) fn percentile(&self, share: f64) -> Option<Duration> {
        let total = self.total();
        let rank = ((share * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut before = 0;
        for (bucket, count) in self.0.iter().enumerate() {
            if before + count >= rank && *count > 0 {
                let part = ((rank - before) as f64 - 0.5) / *count as f64;
                let (start, end) = (start(bucket), start(bucket + 1));
                return Some(Duration::from_nanos(start + ((end - start) as f64 * part) as u64));
            }
            before += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_ends_where_the_next_begins() {
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket(start(index)), index);
            assert_eq!(bucket(start(index + 1) - 1), index);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(Counts::default().percentile(0.5), None);
    }

    proptest! {
        #[test]
        fn a_percentile_is_near_the_exact_one(
            mut durations in prop::collection::vec(1_u64..200_000_000_000, 1..200),
            share in 0.001..1.0_f64,
        ) {
            let sketch = Sketch::new();
            for duration in &durations {
                sketch.record(Here::new(), *duration);
            }
            let mut counts = Counts::default();
            sketch.read().into_iter().enumerate().for_each(|(bucket, count)| counts.add(bucket, count.into()));
            prop_assert_eq!(counts.total(), durations.len() as u64);
            durations.sort_unstable();
            let rank = ((share * durations.len() as f64).ceil() as usize).max(1);
            let exact = durations[rank - 1] as f64;
            let told = counts.percentile(share).unwrap().as_nanos() as f64;
            prop_assert!((told - exact).abs() <= exact * 0.0625 + 1024.0, "{told} instead of {exact}");
        }
    }
}
