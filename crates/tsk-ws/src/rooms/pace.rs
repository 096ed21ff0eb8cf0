//! How fast a client is read.

use std::time::{Duration, Instant};

/// Lets so many messages through in a second, and so many at once; what is more waits, so that its client is held up by its own
/// connection and needs not be told.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    burst: Duration,
    /// When all that came will have been due.
    due: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(rate: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / rate.max(1);
        Self { interval, burst: interval * burst.max(1), due: None }
    }

    /// How long the message that has come has to wait.
    pub(crate) fn wait(&mut self, now: Instant) -> Duration {
        let due = self.due.filter(|due| *due > now).unwrap_or(now) + self.interval;
        self.due = Some(due);
        due.saturating_duration_since(now + self.burst)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_passes_and_what_follows_waits_for_its_turn() {
        let now = Instant::now();
        let mut pace = Pace::new(10, 3);
        assert!((0..3).all(|_| pace.wait(now).is_zero()));
        assert_eq!(pace.wait(now), Duration::from_millis(100));
        assert_eq!(pace.wait(now + Duration::from_secs(1)), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn no_more_are_let_through_than_may_be(gaps in proptest::collection::vec(0_u64..300, 1..200), rate in 1_u32..50, burst in 1_u32..20) {
            let start = Instant::now();
            let (mut now, mut pace, mut passed) = (start, Pace::new(rate, burst), 0_u32);
            for gap in gaps {
                now += Duration::from_millis(gap);
                now += pace.wait(now);
                passed += 1;
                let allowed = now.duration_since(start).as_secs_f64() * f64::from(rate) + f64::from(burst) + 1.0;
                prop_assert!(f64::from(passed) <= allowed);
            }
        }
    }
}
