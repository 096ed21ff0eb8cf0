//! The arithmetic of a limit: the generic cell rate algorithm, as whole numbers.
//!
//! A bucket of units that fills at a rate is the same as a debt that is paid back by time: each unit that is taken adds the
//! time in which the rate brings one, and nothing more is allowed once the debt would be more than that of a whole burst.
//! So one number says all of an account: until when it owes something (ITU-T I.371, annex A; there it is the theoretical
//! arrival time).

use std::num::NonZeroU64;
use std::time::Duration;

use crate::{Decision, Error, Quota, Verdict};

/// In a nanosecond. A unit costs a whole number of ticks, rounded up: the finer they are, the less a rate is too slow by it.
const TICKS: u64 = 16;
/// The units that a second can have at most: sixteen ticks each, so that rounding slows no rate by more than a sixteenth.
const FASTEST: u64 = 1_000_000_000;
/// How long a whole burst may take to be paid back at most: ten years, which leaves 26 for a process to run in 64 bits.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A quota that can be kept, with what its arithmetic needs.
///
/// A unit is a whole number of sixteenths of a nanosecond, rounded up. So a rate is never faster than its quota says, and slower by
/// less than one part in 16,000 up to a million units a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    quota: Quota,
    /// The ticks that pay a unit back.
    unit: NonZeroU64,
    /// The ticks that pay a whole burst back.
    whole: u64,
}

impl Bucket {
    /// Of a quota.
    ///
    /// # Errors
    ///
    /// Where it cannot be kept: a limit, a window or a burst of zero; more than 10⁹ units a second; a burst that takes more
    /// than ten years to come back.
    pub fn new(quota: Quota) -> Result<Self, Error> {
        let (limit, burst) = (quota.limit(), quota.most_at_once());
        if limit == 0 || burst == 0 || quota.window().is_zero() {
            return Err(Error::new(format!(
                "a quota of {limit} units in {:?}, {burst} at once, allows nothing: each must be more than zero",
                quota.window()
            )));
        }
        let unit = (quota.window().as_nanos() * u128::from(TICKS)).div_ceil(u128::from(limit));
        if u128::from(limit) * 1_000_000_000 > quota.window().as_nanos() * u128::from(FASTEST) {
            return Err(Error::new(format!(
                "a quota of {limit} units in {:?} is more than {FASTEST} a second: count in larger units",
                quota.window()
            )));
        }
        let whole = unit.saturating_mul(u128::from(burst));
        match (u64::try_from(unit).ok().and_then(NonZeroU64::new), u64::try_from(whole)) {
            (Some(unit), Ok(whole)) if whole <= ticks(LONGEST) => Ok(Self { quota, unit, whole }),
            _ => Err(Error::new(format!(
                "a burst of {burst} units, at {limit} in {:?}, takes more than ten years to come back: make it smaller",
                quota.window()
            ))),
        }
    }

    /// What it was made of.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// What becomes of a debt, in ticks, if `cost` more units are asked for by somebody who would wait for `patience` ticks.
    ///
    /// A debt counts for no more than could have been run up under this very quota: what was owed under another one, or by
    /// a clock that was ahead, is not held against anybody for longer.
    #[inline]
    pub(crate) fn weigh(&self, debt: u64, cost: u32, patience: u64) -> Weighed {
        let most = self.whole.saturating_add(patience);
        let debt = debt.min(most);
        if cost > self.quota.most_at_once() {
            return Weighed::Refused { debt, after: None };
        }
        // Neither overflows: a cost up to the burst is at most `whole`, and that is at most ten years.
        let owed = debt.saturating_add(self.price(cost));
        match owed.checked_sub(most) {
            _ if cost == 0 => Weighed::Taken { debt, wait: 0 },
            None | Some(0) => Weighed::Taken { debt: owed, wait: owed.saturating_sub(self.whole) },
            after => Weighed::Refused { debt, after },
        }
    }

    /// The same with the decision.
    #[inline]
    pub(crate) fn decide(&self, debt: u64, cost: u32, patience: u64) -> Answer {
        self.answer(self.weigh(debt, cost, patience))
    }

    /// What is decided where that was found.
    #[inline]
    pub(crate) fn answer(&self, weighed: Weighed) -> Answer {
        let (debt, wait, retry_after) = match weighed {
            Weighed::Taken { debt, wait } => (debt, wait, None),
            Weighed::Refused { debt, after } => (debt, 0, Some(after.map_or(Duration::MAX, duration))),
        };
        let decision = Decision { remaining: self.remaining(debt), reset: duration(debt), retry_after };
        Answer { decision, debt, wait }
    }

    /// How many units could come with that debt.
    #[inline]
    pub(crate) fn remaining(&self, debt: u64) -> u32 {
        // Not more than the burst, which is 32 bits.
        (self.whole.saturating_sub(debt) / self.unit) as u32
    }

    /// What so many units add to a debt.
    pub(crate) const fn price(&self, cost: u32) -> u64 {
        self.unit.get().saturating_mul(cost as u64)
    }

    /// The ticks that pay a whole burst back.
    pub(crate) const fn whole(&self) -> u64 {
        self.whole
    }
}

/// What becomes of a debt, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// What is owed now, and for how long whoever asked has to wait until it is their turn.
    Taken { debt: u64, wait: u64 },
    /// What is owed still, and after how long it would be less by enough; `None` where it never can be.
    Refused { debt: u64, after: Option<u64> },
}

/// What was decided, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) decision: Decision,
    /// What is owed after it, in ticks.
    pub(crate) debt: u64,
    /// The ticks for which whoever asked has to wait until it is their turn.
    pub(crate) wait: u64,
}

impl Answer {
    /// What it says of a charge that is alone.
    #[inline]
    pub(crate) fn verdict(&self) -> Verdict {
        match self.wait {
            _ if !self.decision.is_allowed() => Verdict::Refused,
            0 => Verdict::Allowed,
            wait => Verdict::Wait(duration(wait)),
        }
    }
}

/// A time as ticks; what does not fit, some 36 years, is as long as can be.
#[inline]
pub(crate) fn ticks(time: Duration) -> u64 {
    time.as_secs()
        .saturating_mul(1_000_000_000 * TICKS)
        .saturating_add(u64::from(time.subsec_nanos()) * TICKS)
}

/// Ticks as whole seconds, rounded up.
#[inline]
pub(crate) const fn seconds(ticks: u64) -> u64 {
    ticks.div_ceil(1_000_000_000 * TICKS)
}

/// Ticks as a time, rounded up to the nanosecond, so that nobody comes back too early.
pub(crate) const fn duration(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.div_ceil(TICKS))
}

#[cfg(test)]
mod tests;
