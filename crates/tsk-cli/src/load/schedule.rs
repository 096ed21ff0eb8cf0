//! When requests are due.

use std::time::Duration;

/// Evenly spaced instants, counted from the start: the first is due at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// A second.
    rate: f64,
    /// How many there are.
    total: u64,
}

impl Schedule {
    /// What is due at `rate` a second, which is positive, before `duration` has passed.
    pub(super) fn new(rate: f64, duration: Duration) -> Schedule {
        Schedule { rate, total: (duration.as_secs_f64() * rate).ceil() as u64 }
    }

    pub(super) fn total(self) -> u64 {
        self.total
    }

    /// How many are due before `instant`.
    pub(super) fn before(self, instant: Duration) -> u64 {
        Schedule::new(self.rate, instant).total.min(self.total)
    }

    /// When the request with that number is due.
    pub(super) fn due(self, number: u64) -> Duration {
        // Of the number, not by adding up intervals: an error of rounding would grow with the time.
        Duration::from_secs_f64(number as f64 / self.rate)
    }

    /// How many are due once `elapsed` has passed.
    pub(super) fn due_by(self, elapsed: Duration) -> u64 {
        // A request is due at its instant, and rounding must not put that off.
        let count = (elapsed.as_secs_f64() * self.rate).floor() as u64 + 1;
        let count = if self.due(count) <= elapsed { count + 1 } else { count };
        count.min(self.total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_a_second_are_ten_milliseconds_apart() {
        let schedule = Schedule::new(100.0, Duration::from_secs(10));
        assert_eq!(schedule.total(), 1000);
        assert_eq!(schedule.due(0), Duration::ZERO);
        assert_eq!(schedule.due(3), Duration::from_millis(30));
        assert_eq!(schedule.due_by(Duration::from_millis(29)), 3);
        assert_eq!(schedule.due_by(Duration::from_millis(30)), 4);
        assert_eq!(schedule.due_by(Duration::from_secs(60)), 1000);
        assert_eq!(schedule.before(Duration::from_millis(30)), 3);
        assert_eq!(schedule.before(Duration::ZERO), 0);
    }

    #[test]
    fn less_than_one_a_second_is_a_rate_too() {
        let schedule = Schedule::new(0.1, Duration::from_secs(15));
        assert_eq!((schedule.total(), schedule.due(1)), (2, Duration::from_secs(10)));
    }

    proptest! {
        #[test]
        fn what_is_due_has_its_instant_behind_it_and_the_next_before_it(
            rate in 0.01..1e6, duration in 1..100_000_000_u64, elapsed in 0..100_000_000_u64,
        ) {
            let schedule = Schedule::new(rate, Duration::from_micros(duration));
            let elapsed = Duration::from_micros(elapsed);
            let due = schedule.due_by(elapsed);
            prop_assert!(due >= 1 && due <= schedule.total());
            // A nanosecond is what a duration rounds to.
            prop_assert!(schedule.due(due - 1) <= elapsed + Duration::from_nanos(1));
            prop_assert!(due == schedule.total() || schedule.due(due) > elapsed);
        }

        #[test]
        fn requests_are_as_many_as_the_rate_and_the_time_say(rate in 0.01..1e6, seconds in 1..100_u64) {
            let schedule = Schedule::new(rate, Duration::from_secs(seconds));
            let exact = rate * seconds as f64;
            prop_assert!((schedule.total() as f64 - exact).abs() <= 1.0);
            let last = schedule.due(schedule.total() - 1);
            prop_assert!(last < Duration::from_secs(seconds) + Duration::from_nanos(1));
        }
    }
}
