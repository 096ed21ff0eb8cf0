//! When keys are fetched.

use std::time::{Duration, Instant};

/// How long after a first failure a fetch is tried again; twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// When the next fetch is due, and who may have one sooner.
#[derive(Debug)]
pub(super) struct Pace {
    refresh: Duration,
    min_interval: Duration,
    /// `None` for at once.
    due: Option<Instant>,
    is_fetching: bool,
    /// When the last fetch ended.
    ended: Option<Instant>,
    failures: u32,
}

/// What an unknown key gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A fetch is due, or under way.
    Granted,
    /// There was one a moment ago.
    TooSoon { is_known: bool },
}

impl Pace {
    pub(super) fn new(refresh: Duration, min_interval: Duration) -> Self {
        Self { refresh, min_interval, due: None, is_fetching: false, ended: None, failures: 0 }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn begin(&mut self) {
        self.is_fetching = true;
    }

    /// After an answer, which its issuer would have be asked for again after `max_age`.
    pub(super) fn succeeded(&mut self, now: Instant, max_age: Option<Duration>) {
        self.failures = 0;
        let after = max_age.unwrap_or(self.refresh).clamp(self.min_interval.min(self.refresh), self.refresh);
        self.end(now, after);
    }

    pub(super) fn failed(&mut self, now: Instant) {
        let doubled = FIRST_RETRY * 2u32.saturating_pow(self.failures.min(10));
        self.failures += 1;
        self.end(now, doubled.min(LAST_RETRY));
    }

    /// After a fetch that nobody awaits any more.
    pub(super) fn abandoned(&mut self) {
        (self.is_fetching, self.due) = (false, None);
    }

    fn end(&mut self, now: Instant, after: Duration) {
        self.is_fetching = false;
        self.ended = Some(now);
        self.due = Some(now + after);
    }

    /// Whether the last fetch has told which keys there are.
    pub(super) fn is_known(&self) -> bool {
        self.ended.is_some() && self.failures == 0
    }

    /// Asks for a fetch, for a token whose key is not there.
    pub(super) fn ask(&mut self, now: Instant) -> Asked {
        match self.ended {
            Some(ended) if !self.is_fetching && now < ended + self.min_interval => {
                Asked::TooSoon { is_known: self.is_known() }
            }
            _ => {
                self.due = None;
                Asked::Granted
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_unknown_key_has_a_fetch_once_in_a_while_and_then_joins_it() {
        let start = Instant::now();
        let mut pace = Pace::new(600 * SECOND, 30 * SECOND);
        assert_eq!((pace.due(), pace.ask(start)), (None, Asked::Granted));
        pace.begin();
        assert_eq!(pace.ask(start), Asked::Granted);
        pace.succeeded(start, None);
        assert_eq!(pace.due(), Some(start + 600 * SECOND));
        for after in [0, 1, 29] {
            assert_eq!(pace.ask(start + after * SECOND), Asked::TooSoon { is_known: true });
        }
        assert_eq!(pace.due(), Some(start + 600 * SECOND));
        assert_eq!((pace.ask(start + 30 * SECOND), pace.due()), (Asked::Granted, None));
        pace.begin();
        pace.failed(start + 31 * SECOND);
        assert_eq!(pace.ask(start + 32 * SECOND), Asked::TooSoon { is_known: false });
    }

    #[test]
    fn failures_are_tried_again_less_and_less_often() {
        let start = Instant::now();
        let mut pace = Pace::new(600 * SECOND, 30 * SECOND);
        for after in [1, 2, 4, 8, 16, 32, 60, 60] {
            pace.begin();
            pace.failed(start);
            assert_eq!(pace.due(), Some(start + after * SECOND));
        }
        pace.succeeded(start, None);
        pace.failed(start);
        assert_eq!(pace.due(), Some(start + SECOND));
    }

    #[test]
    fn an_issuer_may_be_asked_sooner_and_no_later() {
        let start = Instant::now();
        let mut pace = Pace::new(600 * SECOND, 30 * SECOND);
        for (max_age, after) in [(60, 60), (0, 30), (86_400, 600), (600, 600)] {
            pace.succeeded(start, Some(max_age * SECOND));
            assert_eq!(pace.due(), Some(start + after * SECOND), "{max_age}");
        }
    }
}
