//! What is known of a route: how long its requests take in the long run.

use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::stretch::{self, Log};

/// How long the requests of a route take in the long run: the duration that half of them do not reach.
///
/// It is a median, so that it stands where it is whatever the shape of the distribution: half of what is measured later is
/// above it, as long as nothing has changed. It moves once a window, by no more than a part of an octave, towards where most
/// of that window's requests were. A request only counts.
#[derive(Debug, Default)]
pub(super) struct Route {
    /// Zero until the first window.
    average: AtomicI32,
    /// How much a request counts.
    weight: AtomicU32,
    /// Of the present window: those that were above, and in the lower half all.
    counts: AtomicU64,
    /// How long all of those took, in nanoseconds.
    sum: AtomicU64,
    /// How often it has learned.
    lessons: AtomicU32,
}

/// How much a route learns from a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Learn {
    /// Nothing, as what was measured may be of our making.
    Nothing,
    /// A little, as from any other.
    Slowly,
    /// Much, as it is now known to be so.
    Quickly,
}

const ABOVE: u64 = 1 << 32;
/// The most that one window moves the average by, when it is old, when it is young, and when there is cause.
const SLOW: Log = stretch::OCTAVE / 32;
const YOUNG: Log = stretch::OCTAVE / 2;
const QUICK: Log = stretch::OCTAVE;
/// So few requests say little of where the middle is.
const FEW: i64 = 16;

/// What a request was, beside those of its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    /// How much longer it took.
    pub(super) stretch: Log,
    /// How much it counts.
    pub(super) weight: u32,
}

/// What a route was in a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    /// How many there were.
    pub(super) seen: f64,
    /// How long one took, in microseconds.
    pub(super) took: f64,
    /// How long one takes in the long run, in microseconds.
    pub(super) usual: f64,
    /// How much one counted.
    pub(super) weight: f64,
}

impl Route {
    /// Measures a request; `None` where there is nothing to compare it with.
    ///
    /// One that failed, or was given up, is no example of how long they take. It counts where it took long all the same.
    #[inline]
    pub(super) fn measure(&self, nanos: u64, is_example: bool) -> Option<Measured> {
        let average = self.average.load(Relaxed);
        let stretch = stretch::log2(nanos) - average;
        if is_example {
            self.sum.fetch_add(nanos, Relaxed);
            self.counts.fetch_add(if stretch > 0 { ABOVE + 1 } else { 1 }, Relaxed);
        } else if stretch <= 0 {
            return None;
        }
        (average != 0).then(|| Measured { stretch, weight: self.weight.load(Relaxed) })
    }

    /// Ends a window, in which those of routes that are known took so much longer than usual.
    pub(super) fn close(&self, learn: Learn, longer: Log) -> Option<Summary> {
        let (counts, sum) = (self.counts.swap(0, Relaxed), self.sum.swap(0, Relaxed));
        let (above, seen) = ((counts >> 32) as i64, (counts & (ABOVE - 1)) as i64);
        if seen == 0 {
            return None;
        }
        let mean = sum / seen as u64;
        let average = self.average.load(Relaxed);
        let next = if average == 0 {
            // Nothing is known, so what there is will do. What slows the others down has slowed these down as well: that would
            // else be usual for what is asked for in an overload for the first time.
            (stretch::log2(mean) - longer).max(1)
        } else {
            let lessons = self.lessons.load(Relaxed);
            let most = match learn {
                Learn::Nothing => 0,
                Learn::Slowly => (YOUNG >> lessons.min(16)).max(SLOW),
                Learn::Quickly => QUICK,
            };
            if most > 0 && seen >= FEW {
                self.lessons.store(lessons.saturating_add(1), Relaxed);
            }
            let step = (i64::from(most) * (2 * above - seen) / (seen + FEW)) as Log;
            // Where all take the same, a step by how many are on which side would go far beyond.
            let far = (stretch::log2(mean) - average).abs() + SLOW;
            average + step.clamp(-far, far)
        };
        self.average.store(next, Relaxed);
        let (took, usual) = (mean as f64 / 1e3, stretch::ratio(next) / 1e3);
        let weight = f64::from(self.weight.load(Relaxed));
        Some(Summary { seen: seen as f64, took, usual, weight })
    }

    /// Has requests count as much as they took in the last window, as so many of them are there at a time, and no more than
    /// others may.
    pub(super) fn weigh(&self, took: f64, most: f64) {
        self.weight.store(took.min(most).clamp(1.0, f64::from(u32::MAX)) as u32, Relaxed);
    }

    /// Knows what another has learned.
    pub(super) fn succeed(&self, former: &Self) {
        self.average.store(former.average.load(Relaxed), Relaxed);
        self.weight.store(former.weight.load(Relaxed), Relaxed);
        self.lessons.store(former.lessons.load(Relaxed), Relaxed);
    }

    /// How long a request takes in the long run; `None` before that is known.
    pub(super) fn average(&self) -> Option<std::time::Duration> {
        Some(self.average.load(Relaxed)).filter(|average| *average != 0).map(stretch::duration)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MILLISECOND: u64 = 1_000_000;

    fn window(route: &Route, millis: impl IntoIterator<Item = u64>, learn: Learn) {
        for millis in millis {
            route.measure(millis * MILLISECOND, true);
        }
        route.close(learn, 0);
    }

    fn millis(route: &Route) -> u128 {
        route.average().unwrap().as_millis()
    }

    #[test]
    fn finds_the_middle_of_what_it_is_shown() {
        let route = Route::default();
        for _ in 0..200 {
            window(&route, (1..=99).map(|n| n * 2), Learn::Slowly);
        }
        assert!((94..=104).contains(&millis(&route)), "{}", millis(&route));
    }

    #[test]
    fn moves_little_by_little_and_not_at_all_where_it_is_not_to_learn() {
        let route = Route::default();
        window(&route, [10; 100], Learn::Slowly);
        for _ in 0..40 {
            window(&route, [10; 100], Learn::Slowly);
        }
        let before = millis(&route);
        window(&route, [100; 100], Learn::Nothing);
        assert_eq!(millis(&route), before);
        window(&route, [100; 100], Learn::Slowly);
        assert!(millis(&route) <= before + 1);
        for _ in 0..20 {
            window(&route, [100; 100], Learn::Quickly);
        }
        for _ in 0..20 {
            window(&route, [100; 100], Learn::Quickly);
            assert!((96..=104).contains(&millis(&route)), "{}", millis(&route));
        }
    }

    #[test]
    fn what_is_new_is_as_much_slower_than_usual_as_the_others() {
        let route = Route::default();
        for _ in 0..100 {
            route.measure(40 * MILLISECOND, true);
        }
        route.close(Learn::Nothing, 2 * stretch::OCTAVE);
        assert!((9..=10).contains(&millis(&route)), "{}", millis(&route));
        // What is known by then is not made less of again.
        for _ in 0..100 {
            route.measure(10 * MILLISECOND, true);
        }
        route.close(Learn::Nothing, 2 * stretch::OCTAVE);
        assert!((9..=10).contains(&millis(&route)), "{}", millis(&route));
    }

    #[test]
    fn quick_failures_are_no_example() {
        let route = Route::default();
        window(&route, [10; 100], Learn::Slowly);
        for _ in 0..100 {
            assert_eq!(route.measure(MILLISECOND / 100, false), None);
        }
        route.close(Learn::Quickly, 0);
        assert!((9..=10).contains(&millis(&route)));
        // One that took long is a sign that something is slow.
        assert!(route.measure(30 * MILLISECOND, false).is_some_and(|one| one.stretch > stretch::OCTAVE));
    }
}
