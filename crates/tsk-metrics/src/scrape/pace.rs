//! Which pages a program of one thread writes itself.

use std::time::{Duration, Instant};

/// A page that takes longer holds up requests.
const LONG: Duration = Duration::from_millis(1);
/// After so many of those, one after another, the program writes none itself any more. A single one may have been interrupted.
const STRIKES: u8 = 3;
/// Requests have so many times as long as pages.
const SHARE: u32 = 100;
/// So much of the time of requests may be owed to them: some milliseconds of pages.
const CREDIT: Duration = Duration::from_millis(500);

/// How much time pages have taken of requests.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Until when requests have what is theirs.
    even: Option<Instant>,
    strikes: u8,
}

impl Pace {
    /// Whether a page may be written now, in the time of requests.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.strikes < STRIKES && self.even.is_none_or(|even| even.saturating_duration_since(now) <= CREDIT)
    }

    /// A page was, which has taken so long.
    pub(super) fn wrote(&mut self, begun: Instant, took: Duration) {
        self.strikes = if took > LONG { self.strikes.saturating_add(1) } else { 0 };
        self.even = self.even.max(Some(begun)).map(|even| even + took * SHARE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_scrapes_every_few_seconds_is_answered_at_once() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for _ in 0..1_000 {
            // Two of them, at the same time.
            for _ in 0..2 {
                assert!(pace.allows(now));
                pace.wrote(now, Duration::from_micros(900));
            }
            now += Duration::from_secs(5);
        }
    }

    #[test]
    fn a_storm_takes_a_hundredth_of_the_time() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let (took, mut pages) = (Duration::from_micros(100), 0);
        for millisecond in 0..10_000 {
            let now = start + Duration::from_millis(millisecond);
            if pace.allows(now) {
                pace.wrote(now, took);
                pages += 1;
            }
        }
        let all = took * pages;
        assert!((Duration::from_millis(90)..Duration::from_millis(110)).contains(&all), "{all:?}");
    }

    #[test]
    fn pages_that_take_long_are_left_to_a_thread() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for is_long in [true, true, false, true, true, true] {
            assert!(pace.allows(now));
            pace.wrote(now, if is_long { 2 * LONG } else { LONG });
            now += Duration::from_secs(5);
        }
        assert!(!pace.allows(now + Duration::from_secs(3600)));
    }
}
