//! What time it was at an instant.

use std::{
    cell::Cell,
    time::{Duration, Instant, SystemTime},
};

use crate::exception::nanos;

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock { since: None, nanos: 0 }) };
}

/// Nanoseconds since 1970 at an instant, as this thread knows it.
#[inline]
pub(crate) fn at(instant: Instant) -> u64 {
    let mut clock = CLOCK.get();
    let nanos = clock.at(instant, |instant| {
        // It was a moment ago.
        nanos(SystemTime::now()).saturating_sub(length(instant.elapsed()))
    });
    CLOCK.set(clock);
    nanos
}

/// A duration in nanoseconds.
#[inline]
pub(crate) fn length(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The time of the system is asked for once a second, so that a clock that was set is followed soon: a span has an instant already.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// When the time was asked for; `None` before that.
    since: Option<Instant>,
    /// The time then.
    nanos: u64,
}

const SECOND: Duration = Duration::from_secs(1);

impl Clock {
    #[inline]
    fn at(&mut self, instant: Instant, read: impl FnOnce(Instant) -> u64) -> u64 {
        let passed = self.since.and_then(|since| instant.checked_duration_since(since));
        match passed.filter(|passed| *passed < SECOND) {
            Some(passed) => self.nanos.saturating_add(length(passed)),
            None => {
                *self = Self { since: Some(instant), nanos: read(instant) };
                self.nanos
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_asked_for_once_a_second_and_a_clock_that_was_set_is_followed() {
        let (mut clock, start) = (Clock { since: None, nanos: 0 }, Instant::now());
        let millis = Duration::from_millis;
        assert_eq!(clock.at(start, |_| 5_000), 5_000);
        assert_eq!(clock.at(start + millis(999), |_| 1), 999_005_000);
        assert_eq!(clock.at(start + millis(1000), |_| 7), 7);
        // What ended before that is told by the clock as it is now.
        assert_eq!(clock.at(start + millis(900), |_| 6), 6);
    }

    #[test]
    fn an_instant_is_told_in_the_time_of_the_system() {
        let (before, instant) = (nanos(SystemTime::now()), Instant::now());
        let told = at(instant);
        // A moment may have passed between looks at two clocks, and no hour.
        assert!(told <= nanos(SystemTime::now()) && told + 3_600_000_000_000 > before, "{before} {told}");
    }
}
