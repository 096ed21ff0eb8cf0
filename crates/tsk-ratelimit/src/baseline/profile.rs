//! One key: its window, what is usual for it, how tight it is.

use std::{mem, time::Duration};

use super::{
    Reason, Signal,
    spread::Spread,
    yardstick::{FEWEST, Habits, Measured, Yardstick},
};

/// Nanoseconds since the epoch of the baseline.
pub(super) type Moment = u64;

/// What is kept of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    /// When its window began: with a request, so that no window is shorter than others.
    began: Moment,
    /// When its last request came.
    last: Moment,
    requests: u32,
    // Shares are of enough requests, and gathered over as many windows as that takes.
    answers: u32,
    errors: u32,
    paths: Spread,
    habits: Habits,
    step: u8,
    /// Windows in a row that were as usual.
    calm: u8,
    /// Why it was last tightened.
    reason: Option<Reason>,
    /// When it was first tightened since it was free.
    since: Moment,
}

/// A window changed how tight a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may half of what it could.
    Tightened(Signal),
    /// It may as much as before a step, or before several.
    Relaxed,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// How often what it may is halved.
    pub step: u8,
    /// Why it was last tightened, if ever.
    pub reason: Option<Reason>,
    /// For how long it has been tight; zero where it is not.
    pub tight_for: Duration,
    /// How many more windows have to be as usual for a step to be given back; zero where it is free.
    pub calm_needed: u8,
    /// The requests of its window, the last or the one that has begun.
    pub requests: u32,
}

impl Profile {
    /// A key whose first request is now.
    pub(super) fn new(now: Moment) -> Self {
        Self {
            began: now,
            last: now,
            requests: 0,
            answers: 0,
            errors: 0,
            paths: Spread::default(),
            habits: Default::default(),
            step: 0,
            calm: 0,
            reason: None,
            since: 0,
        }
    }

    #[inline]
    pub(super) fn arrived(&mut self, path: u64, now: Moment, yardstick: &Yardstick) -> Option<Turn> {
        let turn =
            if now.saturating_sub(self.began) < window(yardstick) { None } else { self.roll(now, yardstick) };
        self.last = now;
        self.requests = self.requests.saturating_add(1);
        self.paths.count(path);
        turn
    }

    /// An answer counts for the window in which it comes, whenever it was asked for.
    #[inline]
    pub(super) fn answered(&mut self, is_client_error: bool) {
        self.answers = self.answers.saturating_add(1);
        self.errors = self.errors.saturating_add(u32::from(is_client_error));
    }

    pub(super) fn step(&self) -> u8 {
        self.step
    }

    /// When its last request came.
    pub(super) fn last(&self) -> Moment {
        self.last
    }

    /// How it stands, as of its last request and the silence since: a window that is over is judged with the next request.
    pub(super) fn standing(mut self, now: Moment, yardstick: &Yardstick) -> Standing {
        self.relax(self.silent(now, yardstick), yardstick);
        let is_tight = self.step > 0;
        let tight_for = if is_tight { now.saturating_sub(self.since) } else { 0 };
        Standing {
            step: self.step,
            reason: self.reason,
            tight_for: Duration::from_nanos(tight_for),
            calm_needed: if is_tight { yardstick.settings.calm.saturating_sub(self.calm) } else { 0 },
            requests: self.requests,
        }
    }

    /// Ends the window that is over, and begins another.
    #[cold]
    fn roll(&mut self, now: Moment, yardstick: &Yardstick) -> Option<Turn> {
        let window = window(yardstick);
        let before = self.step;
        let reason = yardstick.judge(self.measure(), &mut self.habits);
        self.settle(reason, now, yardstick);
        // A window that follows at once has its full length; after a silence one begins with the request that ends it.
        let silent = self.silent(now, yardstick);
        self.began = if silent == 0 { self.began + window } else { now };
        self.relax(silent, yardstick);
        match (before, self.step, reason) {
            (before, after, Some(reason)) if after > before => Some(Turn::Tightened(reason.signal)),
            (before, after, _) if after < before => Some(Turn::Relaxed),
            _ => None,
        }
    }

    /// How many windows have passed since that of the last request.
    fn silent(&self, now: Moment, yardstick: &Yardstick) -> u64 {
        (now.saturating_sub(self.began) / window(yardstick)).saturating_sub(1)
    }

    /// Takes what the window measured.
    fn measure(&mut self) -> Measured {
        let requests = mem::take(&mut self.requests) as f32;
        let errors = (self.answers >= FEWEST).then(|| {
            let (answers, errors) = (mem::take(&mut self.answers), mem::take(&mut self.errors));
            errors as f32 / answers as f32
        });
        let paths = (self.paths.total() >= FEWEST).then(|| mem::take(&mut self.paths).entropy());
        Measured([Some(requests), errors, paths])
    }

    fn settle(&mut self, reason: Option<Reason>, now: Moment, yardstick: &Yardstick) {
        let Some(reason) = reason else { return self.relax(1, yardstick) };
        self.calm = 0;
        let most = match reason.signal {
            // Whoever reads on is no attacker for it: paths alone never take more than half.
            Signal::Paths => 1,
            Signal::Rate | Signal::Errors => yardstick.settings.steps,
        };
        if self.step < most {
            if self.step == 0 {
                self.since = now;
            }
            self.step += 1;
            self.reason = Some(reason);
        }
    }

    /// So many windows were as usual.
    fn relax(&mut self, windows: u64, yardstick: &Yardstick) {
        let calm = u64::from(self.calm) + windows;
        let needed = u64::from(yardstick.settings.calm);
        let steps = u8::try_from(calm / needed).unwrap_or(u8::MAX);
        self.step = self.step.saturating_sub(steps);
        self.calm = if self.step == 0 { 0 } else { (calm % needed) as u8 };
    }
}

#[inline]
fn window(yardstick: &Yardstick) -> Moment {
    yardstick.settings.window.as_nanos() as Moment
}
