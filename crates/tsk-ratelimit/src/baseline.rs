//! What is usual for a key, and how much less it may where it behaves otherwise.
//!
//! It is statistics with thresholds and no more. Of each key three signals are measured in windows: how much is asked for, which
//! share of the answers were client errors, and over how many paths the requests spread. A mean and a deviation say what is usual.
//! A window that is well beyond halves what the key may, and halves it again if the next one is; windows that are as usual give it
//! back, step by step. Whatever is learned, no key ever may more than its rule says.

mod profile;
mod reason;
mod settings;
mod spread;
mod table;
mod usual;
mod yardstick;

use std::time::{Duration, Instant};

use self::{profile::Moment, table::Table, yardstick::Yardstick};
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub use self::{
    profile::{Standing, Turn},
    reason::{Reason, Signal, Whose},
    settings::{Fault, Settings},
};
use crate::{Account, Quota};

/// What is usual for the keys of one rule, and how tight each of them is.
///
/// It reads no clock: whoever asks says when. The memory is taken when it is made, and never grows.
#[derive(Debug)]
pub struct Baseline {
    yardstick: Yardstick,
    table: Table,
    /// Of the hash of paths.
    secret: u64,
    epoch: Instant,
    quotas: Box<[Quota]>,
}

/// What becomes of a request that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// How tight the key is: the quota is halved so often.
    pub step: u8,
    /// What the window said that ended with this request, if it changed how tight the key is.
    pub turn: Option<Turn>,
}

impl Baseline {
    /// The baseline of a rule that allows `quota`. `secret` is a number that clients do not know, so that they cannot look for paths
    /// that are taken for each other; `epoch` is where its time begins.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(settings: &Settings, quota: Quota, secret: u64, epoch: Instant) -> Result<Self, Fault> {
        settings.check()?;
        let table = Table::new(settings.memory).ok_or(Fault::Memory)?;
        let quotas = (0..=settings.steps).map(|step| tightened(quota, step)).collect();
        Ok(Self { yardstick: Yardstick::new(settings.clone(), quota), table, secret, epoch, quotas })
    }

    /// A request of a key for a path arrived, whether it is let through or not.
    #[inline]
    pub fn arrived(&self, account: Account, path: &str, now: Instant) -> Arrival {
        let path = xxh3_64_with_seed(path.as_bytes(), self.secret);
        self.table.arrived(account, path, self.moment(now), &self.yardstick)
    }

    /// A request of a key that was let through was answered.
    #[inline]
    pub fn answered(&self, account: Account, is_client_error: bool) {
        self.table.answered(account, is_client_error);
    }

    /// What a key may at a step; its rule's quota at step 0.
    #[inline]
    pub fn quota(&self, step: u8) -> Quota {
        self.quotas[usize::from(step).min(self.quotas.len() - 1)]
    }

    /// How a key stands; `None` where nothing is known of it.
    pub fn standing(&self, account: Account, now: Instant) -> Option<Standing> {
        self.table.standing(account, self.moment(now), &self.yardstick)
    }

    /// The keys that are tight, tightest first, at most so many.
    pub fn tight(&self, most: usize, now: Instant) -> Vec<(Account, Standing)> {
        self.table.tight(most, self.moment(now), &self.yardstick)
    }

    /// What is usual for all keys of the rule: requests in a window, the share of errors, bits of entropy in the paths.
    pub fn usual(&self) -> [f32; 3] {
        self.yardstick.all()
    }

    /// How many keys are known, and how many can be.
    pub fn occupancy(&self) -> (usize, usize) {
        self.table.occupancy()
    }

    /// The length of a window.
    pub fn window(&self) -> Duration {
        self.yardstick.settings.window
    }

    #[inline]
    fn moment(&self, now: Instant) -> Moment {
        now.saturating_duration_since(self.epoch).as_nanos() as Moment
    }
}

/// Half of a quota, so many times. What is at most once a window becomes once in several.
pub(crate) fn tightened(quota: Quota, step: u8) -> Quota {
    let burst = (quota.most_at_once() >> step).max(1);
    let quota = match quota.limit() >> step {
        0 => Quota::new(1, quota.window() * (1 << step) / quota.limit().max(1)),
        limit => Quota::new(limit, quota.window()),
    };
    quota.burst(burst)
}

#[cfg(test)]
mod tests;
