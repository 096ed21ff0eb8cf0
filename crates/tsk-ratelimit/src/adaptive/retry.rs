//! When to come again.

use std::time::{Duration, Instant};

/// When those who are refused should come again: later the longer it goes on, and not all at once.
#[derive(Debug, Default)]
pub(super) struct Retry {
    /// Since when some are refused, and when the last was.
    since: Option<(Instant, Instant)>,
    turn: u64,
}

/// So long without anybody refused is the end of it.
const QUIET: Duration = Duration::from_secs(10);
/// One second more for so long.
const STEP: u64 = 10;
/// Nobody is sent away for longer than twice this.
const LONGEST: u64 = 8;

impl Retry {
    /// In how many seconds; from 1 to 16.
    pub(super) fn after(&mut self, now: Instant) -> u64 {
        let since = match self.since {
            Some((since, last)) if now.saturating_duration_since(last) < QUIET => since,
            _ => now,
        };
        self.since = Some((since, now));
        let least = (1 + now.saturating_duration_since(since).as_secs() / STEP).min(LONGEST);
        // A step of the golden ratio spreads any number of them evenly, without chance.
        self.turn = self.turn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        least + ((u128::from(self.turn) * u128::from(least + 1)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_later_the_longer_it_goes_on_and_spread() {
        let (mut retry, start) = (Retry::default(), Instant::now());
        let first: Vec<_> = (0..100).map(|_| retry.after(start)).collect();
        assert!(first.iter().all(|after| (1..=2).contains(after)));
        let ones = first.iter().filter(|after| **after == 1).count();
        assert!((45..=55).contains(&ones), "{ones}");
        let mut last = 0;
        for second in 0..600 {
            last = retry.after(start + Duration::from_secs(second));
            assert!((1..=16).contains(&last));
        }
        assert!(last >= 8);
        assert!(retry.after(start + Duration::from_secs(700)) <= 2, "it was over");
    }
}
