//! How long it is waited before another attempt.

use std::time::Duration;

/// How long it is waited before another attempt: at random, up to a time that doubles with each, to a bound («full jitter»). Clients
/// that lost a server at one moment come back at as many.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    attempts: u32,
}

impl Backoff {
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, attempts: 0 }
    }

    /// The longest that the next wait may be.
    pub(super) fn ceiling(&self) -> Duration {
        let factor = 2_u32.checked_pow(self.attempts).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }

    /// How long to wait; `random` is from 0 to 1.
    pub(super) fn next(&mut self, random: f64) -> Duration {
        let wait = self.ceiling().mul_f64(random);
        self.attempts = self.attempts.saturating_add(1);
        wait
    }

    /// How many attempts there were since the last that was good.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The last attempt was good, if that has held for as long as it would have been waited: what breaks at once has not been.
    pub(super) fn held(&mut self, time: Duration) {
        if time >= self.ceiling() {
            self.attempts = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_is_at_most_twice_what_the_last_could_be_and_never_beyond_the_bound(
            first in 1_u64..2000, most in 1_u64..60_000, randoms in proptest::collection::vec(0.0..=1.0, 1..50),
        ) {
            let (first, most) = (Duration::from_millis(first), Duration::from_millis(most));
            let mut backoff = Backoff::new(first, most);
            let mut expected = first.min(most);
            for (attempt, random) in (1..).zip(randoms) {
                prop_assert_eq!(backoff.ceiling(), expected);
                prop_assert!(backoff.next(random) <= expected);
                prop_assert_eq!(backoff.attempts(), attempt);
                expected = (expected * 2).min(most);
            }
        }
    }

    #[test]
    fn what_breaks_at_once_was_no_good_attempt() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        for _ in 0..100 {
            backoff.next(1.0);
        }
        backoff.held(Duration::from_secs(29));
        assert_eq!(backoff.ceiling(), Duration::from_secs(30));
        backoff.held(Duration::from_secs(30));
        assert_eq!((backoff.attempts(), backoff.ceiling()), (0, Duration::from_secs(1)));
    }
}
