//! How many requests there may be at a time, from how long they take.
//!
//! The gradient is how much longer requests take than usual where there are more of them at a time. While they take as long
//! as ever and more want to come, there may be more. Once they wait for each other in the service, there are more than it
//! can work on: as many fewer then as they take longer.
//!
//! That alone goes wrong in two ways. What is usual could be learned of an overload, which then would be usual; and what
//! takes longer by itself, as with a slower database, would lower the limit again and again to no avail. So every step down
//! is a trial: if as much is done as before, requests had only waited for each other, and it stays. If less is done, they take
//! longer by themselves: the limit is what it was, and what they take is now usual. Such a trial is made from time to time
//! also where there is no need for one, by a quarter, and by another, down to where less is done: what is learned there was
//! learned of no overload. It is never one request at a time that is tried.

use std::fmt;

use super::{
    route::Learn,
    stretch::{self, Log, OCTAVE},
};

/// The limit, and what it is about to find out. It is told of one window after another.
#[derive(Debug)]
pub(super) struct Control {
    bounds: (f64, f64),
    limit: f64,
    state: State,
    /// Windows in which the limit was reached, since the last trial.
    reached: u32,
    /// How often there could be more, one time after another.
    grown: u32,
    /// The last window, if nothing was tried since.
    last: Option<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Steady,
    /// What was there before a step down has to leave first.
    Settling(Before),
    /// Is it any better?
    Trial(Before),
    /// What is usual is another thing than was known, and that is being learned; for so many windows more at most.
    Learning(u32),
}

/// What was before a step down.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Before {
    limit: f64,
    done: f64,
    /// Whether there was no need for the step: then there are more, down to where less is done.
    is_trial: bool,
}

/// What was seen in a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// How much longer than usual the requests took.
    pub(super) stretch: Log,
    /// Whether there were more of them than there was room for.
    pub(super) is_reached: bool,
    /// How much was done in a given time: requests, by how long they usually take.
    pub(super) done: f64,
}

/// Why the limit is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// There was no room for more, and requests took as long as usual: there may be more.
    Room,
    /// They took longer than usual: fewer, and see whether that helps.
    Slower,
    /// It is time to find out anew what is usual: fewer for a moment, to see whether as much is done.
    Trial,
    /// As much was done with fewer at a time: they had waited for each other, so it stays.
    Better,
    /// Less was done with fewer at a time: they take longer by themselves, so there may be as many as before.
    NoBetter,
}

impl Reason {
    pub(super) const ALL: [Self; 5] = [Self::Room, Self::Slower, Self::Trial, Self::Better, Self::NoBetter];

    /// Its name, as metrics have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Slower => "slower",
            Self::Trial => "trial",
            Self::Better => "better",
            Self::NoBetter => "no_better",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Room => "more requests than there was room for, which took as long as usual",
            Self::Slower => "requests took longer than usual",
            Self::Trial => "a trial, whether as much is done with fewer at a time",
            Self::Better => "as much was done with fewer requests at a time",
            Self::NoBetter => "less was done with fewer requests at a time: they take longer by themselves",
        })
    }
}

/// Up to which stretch there may be more, and from which there are to be fewer: 1.15 and 1.3 times what is usual.
const AS_USUAL: Log = OCTAVE * 206 / 1024;
const LONGER: Log = OCTAVE * 388 / 1024;
/// A step down aims at this stretch, 1.1 times what is usual, where the service has just enough to do.
const AIM: Log = OCTAVE * 141 / 1024;
/// A step down is to at least this share, as what follows a smaller one could not be told from chance, and to no less than that.
const SMALLEST_STEP: f64 = 0.75;
const LARGEST_STEP: f64 = 0.6;
/// So much is more than chance.
const NEAR: Log = OCTAVE / 10;
/// How many windows at a limit that is reached there are between trials.
const BETWEEN_TRIALS: u32 = 32;
/// And how many before the first, as a service may be started into an overload.
const FIRST_TRIAL: u32 = 8;
/// There may be more by the root of the limit, and by up to so many times that where it is far too low.
const FASTEST: u32 = 4;
/// How many windows what is new is learned for at most.
const LESSONS: u32 = 24;

impl Control {
    pub(super) fn new(initial: u32, (min, max): (u32, u32)) -> Self {
        let bounds = (f64::from(min), f64::from(max));
        let limit = f64::from(initial).clamp(bounds.0, bounds.1);
        Self {
            bounds,
            limit,
            state: State::Steady,
            reached: BETWEEN_TRIALS - FIRST_TRIAL,
            grown: 0,
            last: None,
        }
    }

    /// Begins at another limit, as far as the bounds allow.
    pub(super) fn begin(&mut self, limit: u32) {
        self.limit = f64::from(limit).clamp(self.bounds.0, self.bounds.1);
    }

    /// How many there may be at a time.
    pub(super) fn limit(&self) -> u32 {
        self.limit as u32
    }

    /// How many times as many requests as others the next window has to have.
    pub(super) fn care(&self) -> u32 {
        if let State::Trial(_) = self.state { 4 } else { 1 }
    }

    /// What the routes learn of a window, before it is [closed](Self::close).
    pub(super) fn learn(&self, stretch: Log, is_reached: bool) -> Learn {
        match self.state {
            // It was not the limit that decided how many there were: whatever the requests took, they took by themselves.
            _ if !is_reached => Learn::Slowly,
            State::Learning(_) => Learn::Quickly,
            // What is better than usual is always worth learning.
            _ if stretch < 0 => Learn::Slowly,
            _ => Learn::Nothing,
        }
    }

    /// A window has ended; why the limit has moved, if it has.
    pub(super) fn close(&mut self, seen: Seen) -> Option<Reason> {
        if !seen.is_reached {
            // There were not as many as there might have been, so this says nothing of the limit.
            self.state = State::Steady;
            return None;
        }
        self.reached += 1;
        match self.state {
            State::Steady => self.steady(seen),
            State::Settling(before) => {
                self.state = State::Trial(before);
                None
            }
            State::Trial(before) => self.decide(before, seen),
            State::Learning(left) => {
                let is_known = seen.stretch.abs() <= AS_USUAL || left == 0;
                self.state = if is_known { State::Steady } else { State::Learning(left - 1) };
                None
            }
        }
    }

    fn steady(&mut self, seen: Seen) -> Option<Reason> {
        // Two windows are less of a chance than one.
        let last = self.last.replace(seen).unwrap_or(seen);
        let seen =
            Seen { stretch: (last.stretch + seen.stretch) / 2, done: (last.done + seen.done) / 2.0, ..seen };
        let stretch = seen.stretch;
        if stretch >= LONGER {
            let share = stretch::ratio(AIM - stretch).clamp(LARGEST_STEP, SMALLEST_STEP);
            self.step_down(share, seen, Reason::Slower)
        } else if self.reached >= BETWEEN_TRIALS {
            self.reached = 0;
            self.step_down(SMALLEST_STEP, seen, Reason::Trial)
        } else if stretch <= AS_USUAL {
            let pace = (1 + self.grown / 2).min(FASTEST);
            self.grown += 1;
            self.set(self.limit + self.limit.sqrt() * f64::from(pace), Reason::Room)
        } else {
            None
        }
    }

    fn step_down(&mut self, share: f64, seen: Seen, reason: Reason) -> Option<Reason> {
        (self.last, self.grown) = (None, 0);
        let before = Before { limit: self.limit, done: seen.done, is_trial: reason == Reason::Trial };
        let moved = self.set(self.limit * share, reason);
        // Where it can come no lower, what there is is all that can be known.
        self.state = if moved.is_some() { State::Settling(before) } else { State::Learning(LESSONS) };
        moved
    }

    /// Whether a step down did no harm. If requests waited for each other, as much is done as before; if not, as much less is
    /// done as there are fewer of them. Chance is in between.
    fn decide(&mut self, before: Before, seen: Seen) -> Option<Reason> {
        let is_harmless = seen.done >= before.done * (self.limit / before.limit).sqrt();
        if !is_harmless {
            if !before.is_trial || seen.stretch > NEAR {
                // What is learned now is more than was known, at a limit that is reached: it is looked at again soon.
                self.reached = self.reached.max(BETWEEN_TRIALS - FIRST_TRIAL);
            }
            self.state = State::Learning(LESSONS);
            return self.set(before.limit, Reason::NoBetter);
        }
        if before.is_trial {
            // All steps are compared to what was before the first, so that little by little is not much.
            return self.step_down(SMALLEST_STEP, Seen { done: before.done, ..seen }, Reason::Trial);
        }
        if seen.stretch < -NEAR {
            // It takes less than was known, so there may be more to find.
            self.reached = BETWEEN_TRIALS;
        }
        self.state = State::Steady;
        Some(Reason::Better)
    }

    fn set(&mut self, limit: f64, reason: Reason) -> Option<Reason> {
        let limit = limit.clamp(self.bounds.0, self.bounds.1);
        let is_other = limit as u32 != self.limit as u32;
        self.limit = limit;
        is_other.then_some(reason)
    }
}
