//! What is too much, for a key that is known and for one that is not.

use std::sync::{Mutex, PoisonError};

use super::{Reason, Settings, Signal, Whose, usual::Usual};
use crate::Quota;

/// Fewer requests say nothing of shares.
pub(super) const FEWEST: u32 = 16;

/// What has to be known of all keys before a stranger is compared with them: so many windows in which there was something to
/// judge.
const ENOUGH: u16 = 100;

/// The least weight of a window in what is usual for a key: some sixty windows are remembered.
const KEY_WEIGHT: f32 = 1.0 / 64.0;

/// The least weight of a window in what is usual for all.
const ALL_WEIGHT: f32 = 1.0 / 1024.0;

/// How much an unusual window weighs beside others: what stays becomes usual, but slowly.
const DOUBT: f32 = 1.0 / 8.0;

/// A quarter of what a rule allows is never too much.
const HARMLESS: f32 = 0.25;

/// What is too much for the keys of a rule.
#[derive(Debug)]
pub(super) struct Yardstick {
    pub(super) settings: Settings,
    /// As many requests in a window as are no matter whatever is usual.
    floor: f32,
    all: Mutex<Habits>,
}

/// What is usual of each signal.
pub(super) type Habits = [Habit; 3];

/// What is usual, of how many windows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Habit {
    usual: Usual,
    windows: u16,
}

impl Habit {
    /// The first windows weigh alike, and none less than `least`; `trust` is how much of that it has. What is not to be trusted
    /// in full is not what one begins with.
    fn learn(&mut self, value: f32, least: f32, trust: f32) {
        if trust == 1.0 || (trust > 0.0 && self.windows > 0) {
            self.usual.learn(value, (1.0 / (f32::from(self.windows) + 1.0)).max(least) * trust);
            self.windows = self.windows.saturating_add(1);
        }
    }
}

/// What a window measured; shares only once there were requests enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured(pub(super) [Option<f32>; 3]);

impl Yardstick {
    pub(super) fn new(settings: Settings, quota: Quota) -> Self {
        let allowed = f64::from(quota.limit()) * settings.window.as_secs_f64() / quota.window().as_secs_f64();
        let floor = (allowed as f32 * HARMLESS).max(8.0);
        Self { settings, floor, all: Mutex::default() }
    }

    /// Judges a window by the habits of its key, or by those of all where the key is not known well enough; then learns of it.
    pub(super) fn judge(&self, measured: Measured, own: &mut Habits) -> Option<Reason> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let unusual = Signal::ALL.into_iter().find_map(|signal| {
            let (own, all) = (own[signal as usize], all[signal as usize]);
            let (usual, whose) = if own.windows >= self.warmup(signal) {
                (own.usual, Whose::Own)
            } else if all.windows >= ENOUGH && signal != Signal::Rate {
                // How much a stranger may ask for, the rule says: it need not be as little as others do.
                (all.usual, Whose::All)
            } else {
                return None;
            };
            let (observed, bound) = (measured.0[signal as usize]?, self.bound(signal, usual, whose));
            (observed > bound).then_some(Reason { signal, observed, usual: usual.mean, bound, whose })
        });
        for signal in Signal::ALL {
            let Some(value) = measured.0[signal as usize] else { continue };
            own[signal as usize].learn(value, KEY_WEIGHT, trust(unusual, signal));
            if unusual.is_none() {
                all[signal as usize].learn(value, ALL_WEIGHT, 1.0);
            }
        }
        unusual
    }

    /// How often a signal must have been measured of a key for it to be known.
    fn warmup(&self, signal: Signal) -> u16 {
        let windows = u16::from(self.settings.warmup);
        match signal {
            Signal::Rate => windows,
            // A share is of many requests, so that fewer of them say as much.
            Signal::Errors | Signal::Paths => windows.div_ceil(3),
        }
    }

    /// What is usual for all keys, of each signal.
    pub(super) fn all(&self) -> [f32; 3] {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.map(|habit| habit.usual.mean)
    }

    /// Up to what a value passes for usual: it must be beyond the deviations *and* well ahead of the mean, as a deviation can
    /// be next to nothing. A stranger is given twice the distance.
    fn bound(&self, signal: Signal, usual: Usual, whose: Whose) -> f32 {
        let distance = match whose {
            Whose::Own => 1.0,
            Whose::All => 2.0,
        };
        let (noise, lead) = match signal {
            // What comes independently deviates by the root of its mean.
            Signal::Rate => (usual.mean.sqrt(), usual.mean * 2.0 * distance),
            Signal::Errors => (0.05, usual.mean + 0.3 * distance),
            Signal::Paths => (0.25, usual.mean + 1.0 * distance),
        };
        let beyond = usual.mean + distance * self.settings.deviations * usual.deviation.max(noise);
        let floor = if signal == Signal::Rate { self.floor } else { 0.0 };
        beyond.max(lead).max(floor)
    }
}

/// How much of its weight a window of a key has in what is usual for the key.
fn trust(unusual: Option<Reason>, signal: Signal) -> f32 {
    match unusual {
        None => 1.0,
        // Errors never become usual, or whoever guesses would only have to go on for long enough. Nor does a stranger become
        // known meanwhile.
        Some(_) if signal == Signal::Errors => 0.0,
        Some(Reason { signal: Signal::Errors, whose: Whose::All, .. }) => 0.0,
        // A stranger that reads more than others becomes known as one that does.
        Some(Reason { whose: Whose::All, .. }) => 1.0,
        Some(Reason { whose: Whose::Own, .. }) => DOUBT,
    }
}
