//! How many there were of late, how many of them failed, and how long they took.

/// Windows are as long, in nanoseconds; what is shown is the one that runs and the one before it.
const PERIOD: u64 = 60_000_000_000;
/// Buckets an octave, so that a quantile is off by a sixteenth at most.
const STEPS: usize = 8;
/// From a microsecond to 134 seconds; what takes longer counts as that.
const BUCKETS: usize = STEPS * 25;

/// Counts and durations of the last minute or two, in fixed memory.
#[derive(Debug)]
pub(crate) struct Latency {
    born: u64,
    /// When the window that runs began.
    start: u64,
    current: Window,
    before: Window,
}

#[derive(Debug)]
struct Window {
    count: u64,
    failed: u64,
    buckets: Box<[u32; BUCKETS]>,
}

/// What is shown of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    /// How many there were.
    pub(crate) count: u64,
    /// How many of them failed.
    pub(crate) failed: u64,
    /// How many there were a second.
    pub(crate) rate: f64,
    /// Half of them took no longer, in microseconds.
    pub(crate) p50: u64,
    /// All but one in a hundred took no longer, in microseconds.
    pub(crate) p99: u64,
}

impl Latency {
    /// There was none yet.
    pub(crate) fn new(now: u64) -> Self {
        Self { born: now, start: now, current: Window::default(), before: Window::default() }
    }

    /// Adds one that took so many nanoseconds.
    pub(crate) fn add(&mut self, now: u64, nanos: u64, is_failed: bool) {
        self.turn(now);
        self.current.count += 1;
        self.current.failed += u64::from(is_failed);
        self.current.buckets[bucket(nanos / 1000)] += 1;
    }

    /// Takes over what another has counted, but for when that was.
    pub(crate) fn absorb(&mut self, now: u64, mut other: Self) {
        other.turn(now);
        self.turn(now);
        self.current.absorb(&other.current);
        self.before.absorb(&other.before);
    }

    /// Of the window that runs and of the one before it.
    pub(crate) fn summary(&mut self, now: u64) -> Summary {
        self.turn(now);
        let (current, before) = (&self.current, &self.before);
        let count = current.count + before.count;
        let span = now.saturating_sub(self.start) + PERIOD;
        let seconds = span.min(now.saturating_sub(self.born)).max(1_000_000_000) as f64 / 1e9;
        Summary {
            count,
            failed: current.failed + before.failed,
            rate: count as f64 / seconds,
            p50: self.quantile(count.div_ceil(2)),
            p99: self.quantile((count * 99).div_ceil(100)),
        }
    }

    /// Begins another window when it is time.
    fn turn(&mut self, now: u64) {
        let passed = now.saturating_sub(self.start);
        if passed < PERIOD {
            return;
        }
        let last = std::mem::take(&mut self.current);
        self.before = if passed < 2 * PERIOD { last } else { Window::default() };
        self.start = now - passed % PERIOD;
    }

    /// The duration of the one with that rank, in microseconds.
    fn quantile(&self, rank: u64) -> u64 {
        let mut below = 0;
        for index in 0..BUCKETS {
            below += u64::from(self.current.buckets[index]) + u64::from(self.before.buckets[index]);
            if below >= rank && below > 0 {
                return middle(index);
            }
        }
        0
    }
}

impl Window {
    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.failed += other.failed;
        for (ours, theirs) in self.buckets.iter_mut().zip(other.buckets.iter()) {
            *ours = ours.saturating_add(*theirs);
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self { count: 0, failed: 0, buckets: Box::new([0; BUCKETS]) }
    }
}

/// The first octaves have a bucket for each number; the others have `STEPS` each.
fn bucket(micros: u64) -> usize {
    let steps = STEPS as u64;
    if micros < steps {
        return usize::try_from(micros).unwrap_or(0);
    }
    let octave = micros.ilog2();
    let step = (micros >> (octave - STEPS.ilog2())) - steps;
    let index = usize::try_from(octave - STEPS.ilog2() + 1).unwrap_or(0) * STEPS;
    (index + usize::try_from(step).unwrap_or(0)).min(BUCKETS - 1)
}

/// The middle of what falls into a bucket.
fn middle(index: usize) -> u64 {
    let (octave, step) = (index / STEPS, (index % STEPS) as u64);
    if octave == 0 {
        return step;
    }
    let width = 1u64 << (octave - 1);
    (STEPS as u64 + step) * width + width / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    proptest! {
        #[test]
        fn a_duration_is_off_by_a_sixteenth_at_most(micros in 0..134_000_000u64) {
            let shown = middle(bucket(micros));
            prop_assert!(shown.abs_diff(micros) * 16 <= micros, "{micros} is shown as {shown}");
        }

        #[test]
        fn longer_ones_are_in_later_buckets(a: u64, b: u64) {
            prop_assert!(bucket(a.min(b)) <= bucket(a.max(b)));
            prop_assert!(bucket(a) < BUCKETS);
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut latency = Latency::new(0);
        for milli in 1..=100 {
            latency.add(10 * SECOND, milli * 1_000_000, milli % 10 == 0);
        }
        let summary = latency.summary(10 * SECOND);
        assert_eq!((summary.count, summary.failed), (100, 10));
        assert!(summary.rate == 10.0 && summary.p50.abs_diff(50_000) < 3200, "{summary:?}");
        assert!(summary.p99.abs_diff(99_000) < 6200, "{summary:?}");
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let mut latency = Latency::new(0);
        latency.add(SECOND, SECOND, false);
        assert_eq!(latency.summary(61 * SECOND).count, 1);
        latency.add(62 * SECOND, SECOND, false);
        assert_eq!(latency.summary(119 * SECOND).count, 2);
        assert_eq!(latency.summary(121 * SECOND).count, 1);
        assert_eq!(latency.summary(1000 * SECOND).count, 0);
        assert_eq!(latency.summary(1000 * SECOND).p99, 0);
    }
}
