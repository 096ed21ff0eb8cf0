//! When to try again what did not work.

use std::time::Duration;

/// The first pause, about.
const FIRST: Duration = Duration::from_millis(50);
/// The longest.
const LONGEST: Duration = Duration::from_secs(5);

/// The pause before each attempt: twice the last one, up to five seconds, less a random part of up to a half, so that those
/// who lost the same server do not come back to it together.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// How long to wait now. `random` is from 0 to 1.
    pub(super) fn pause(&mut self, random: f64) -> Duration {
        let pause = self.next.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0);
        self.next = (self.next * 2).min(LONGEST);
        pause
    }

    /// That it worked for so long. What fails again sooner than the pause that was to come is not taken for recovered.
    pub(super) fn worked(&mut self, long: Duration) {
        if long >= self.next {
            *self = Self::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_are_spread() {
        let mut backoff = Backoff::new();
        let all: Vec<_> = (0..10).map(|_| backoff.pause(0.0).as_millis()).collect();
        assert_eq!(all, [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        assert_eq!(backoff.pause(1.0).as_millis(), 2_500);
    }

    #[test]
    fn what_works_only_for_a_moment_has_not_recovered() {
        let mut backoff = Backoff::new();
        (0..4).for_each(|_| _ = backoff.pause(0.0));
        backoff.worked(Duration::from_millis(799));
        assert_eq!(backoff.pause(0.0).as_millis(), 800);
        backoff.worked(Duration::from_millis(1_600));
        assert_eq!(backoff.pause(0.0).as_millis(), 50);
    }
}
