//! Whether a server that does not answer is asked.

use std::time::{Duration, Instant};

/// Failures in a row after which it is let alone for a while.
const BORNE: u32 = 3;
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(30);

/// Lets a server alone that has failed several times in a row: for a second, then twice as long after each further failure, to
/// half a minute. One question at a time finds out whether it is back.
#[derive(Debug)]
pub(super) struct Pace {
    failures: u32,
    until: Option<Instant>,
    /// How long a question can take.
    patience: Duration,
}

impl Pace {
    pub(super) fn new(patience: Duration) -> Self {
        Self { failures: 0, until: None, patience }
    }

    /// Lets a question through, or says how long none is.
    pub(super) fn begin(&mut self, now: Instant) -> Result<(), Duration> {
        match self.until {
            Some(until) if now < until => Err(until - now),
            Some(_) => {
                // For as long as the answer can take, others wait for what becomes of it.
                self.until = Some(now + self.patience);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn succeeded(&mut self) {
        (self.failures, self.until) = (0, None);
    }

    /// After a failure: how long those who ask have to wait at least.
    pub(super) fn failed(&mut self, now: Instant) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let Some(more) = self.failures.checked_sub(BORNE) else { return FIRST };
        let wait = (FIRST * 2u32.saturating_pow(more.min(10))).min(LAST);
        self.until = Some(now + wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_fails_is_let_alone_longer_and_longer_and_tried_by_one() {
        let mut now = Instant::now();
        let mut pace = Pace::new(5 * SECOND);
        for _ in 1..BORNE {
            assert_eq!(pace.begin(now), Ok(()));
            assert_eq!(pace.failed(now), FIRST);
        }
        for wait in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(pace.begin(now), Ok(()));
            assert_eq!(pace.failed(now), wait * SECOND);
            assert_eq!(pace.begin(now), Err(wait * SECOND));
            now += wait * SECOND;
            assert_eq!(pace.begin(now), Ok(()));
            assert_eq!(pace.begin(now), Err(5 * SECOND), "one finds out");
            now += 5 * SECOND;
        }
        pace.succeeded();
        for _ in 1..BORNE {
            assert_eq!((pace.begin(now), pace.begin(now)), (Ok(()), Ok(())));
            pace.failed(now);
        }
    }
}
