//! Where tokens are made up.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::password::Prefix;

const PLACES: usize = 4096;
/// In milliseconds, as all times here: one question a second, and a minute's worth of them at once.
const EACH: u64 = 1000;
const BURST: u64 = 60 * EACH;

/// Counts for each neighbourhood the questions by which nothing came out: 60 at once, then one in a second.
///
/// A question counts from when it begins, so that many at the same time are no way around it, and is taken back if the token was
/// good. There are 4,096 places, from the start and for ever; neighbourhoods that meet in one share it. Callers whose address is
/// not known are one neighbourhood.
pub(super) struct Guesses {
    start: Instant,
    /// Nobody outside knows it, so that nobody can choose whom to meet.
    seed: RandomState,
    /// Until when each is in debt, since the start.
    places: Mutex<Box<[u64]>>,
}

impl Guesses {
    pub(super) fn new(now: Instant) -> Self {
        Self { start: now, seed: RandomState::new(), places: Mutex::new(vec![0; PLACES].into()) }
    }

    /// Counts a question, or says how long there is none.
    pub(super) fn begin(&self, whose: Option<Prefix>, now: Instant) -> Result<(), Duration> {
        let now = self.millis(now);
        self.with(whose, |debt| {
            let next = (*debt).max(now) + EACH;
            match next.checked_sub(now + BURST) {
                None | Some(0) => {
                    *debt = next;
                    Ok(())
                }
                Some(wait) => Err(Duration::from_millis(wait)),
            }
        })
    }

    /// Takes back what was counted.
    pub(super) fn forget(&self, whose: Option<Prefix>) {
        self.with(whose, |debt| *debt = debt.saturating_sub(EACH));
    }

    fn with<T>(&self, whose: Option<Prefix>, change: impl FnOnce(&mut u64) -> T) -> T {
        // The remainder is less than the number of places.
        let place = (self.seed.hash_one(whose) % PLACES as u64) as usize;
        change(&mut self.places.lock().unwrap_or_else(PoisonError::into_inner)[place])
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX / 2)
    }
}

impl fmt::Debug for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guesses").field("places", &PLACES).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn prefix(address: &str) -> Option<Prefix> {
        Some(Prefix::of(address.parse().unwrap()))
    }

    #[test]
    fn who_makes_up_tokens_asks_once_in_a_second_and_nobody_else_waits() {
        let start = Instant::now();
        let guesses = Guesses::new(start);
        let (eve, ada) = (prefix("192.0.2.1"), prefix("198.51.100.1"));
        let let_through = (0..1000).filter(|_| guesses.begin(eve, start).is_ok()).count();
        assert_eq!(let_through, 60);
        assert_eq!(guesses.begin(prefix("192.0.2.77"), start), Err(Duration::from_secs(1)), "a neighbour");
        for second in 1..10 {
            let now = start + Duration::from_secs(second);
            assert_eq!((guesses.begin(eve, now).is_ok(), guesses.begin(eve, now).is_ok()), (true, false));
        }
        // One in four thousand meets her in her place.
        let others = (0..200).map(|last| prefix(&format!("10.{last}.0.1")));
        assert!(others.chain([ada]).filter(|other| guesses.begin(*other, start).is_err()).count() < 10);
    }

    #[test]
    fn good_tokens_are_not_counted() {
        let start = Instant::now();
        let guesses = Guesses::new(start);
        for _ in 0..1000 {
            guesses.begin(None, start).unwrap();
            guesses.forget(None);
        }
        assert_eq!((0..1000).filter(|_| guesses.begin(None, start).is_ok()).count(), 60);
    }
}
