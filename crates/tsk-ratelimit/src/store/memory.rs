//! Accounts in memory, within a fixed number of bytes.

mod shard;
mod table;

use std::time::Instant;

pub(crate) use self::shard::patience;
use self::shard::{Locked, Shard};
use self::table::Table;
use crate::bucket::{Weighed, duration, ticks};
use crate::{Account, Bucket, Charge, Decision, Verdict};

/// So many that threads seldom meet in one.
const SHARDS: usize = 256;
/// What a shard has at least, so that a small memory is not all shards.
const SHARD: usize = 4096;
/// Accounts in memory, within a fixed number of bytes, of which what is not used is not touched.
///
/// An account that owes nothing needs no room, so nothing has to be swept. Where there is no room left, whoever owes the smallest
/// share of their burst is forgotten: whoever invents keys cannot so push out the debt of a key that is being
/// refused.
///
/// Times that are a little older than others, as threads have them, are fine.
#[derive(Debug)]
pub struct Memory {
    epoch: Instant,
    shards: Box<[Shard]>,
    /// How many bits of an account choose its shard.
    shift: u32,
}

impl Memory {
    /// The least that there can be, in bytes.
    pub const SMALLEST: usize = SHARD;

    /// Takes at most so many bytes, and [`SMALLEST`](Self::SMALLEST) if that is more: 32 for each account that owes something,
    /// so that all find room. `now` is where its time begins.
    pub fn new(bytes: usize, now: Instant) -> Self {
        let bytes = bytes.max(Self::SMALLEST);
        let shards = (bytes / SHARD).min(SHARDS);
        let shards = 1 << shards.ilog2();
        let each = bytes / shards;
        let shift = u64::BITS - shards.ilog2();
        Self { epoch: now, shards: (0..shards).map(|_| Shard::new(each)).collect(), shift }
    }

    /// Takes all of the charges, or none of them where one is refused. What was decided of each is written to the same place
    /// of `decisions`: what is left after it or, where it was another one that was refused, without it.
    ///
    /// # Panics
    ///
    /// Where there are fewer decisions than charges.
    pub fn debit(&self, charges: &[Charge], now: Instant, decisions: &mut [Decision]) -> Verdict {
        if let [charge] = charges {
            let (decision, verdict) = self.one(charge, now);
            decisions[0] = decision;
            return verdict;
        }
        let now = self.ticks(now);
        let mut locked = Locked::new(self, charges);
        let mut wait = 0;
        let mut refused = false;
        for (index, decision) in decisions[..charges.len()].iter_mut().enumerate() {
            let answer = locked.answer(charges, index, now);
            refused |= !answer.decision.is_allowed();
            wait = wait.max(answer.wait);
            *decision = answer.decision;
        }
        if refused {
            for (index, charge) in charges.iter().enumerate() {
                if decisions[index].is_allowed() {
                    let debt = locked.table(charge.account).debt(charge.account, now);
                    decisions[index] = charge.bucket.decide(debt, 0, patience(charge.mode)).decision;
                }
            }
            return Verdict::Refused;
        }
        for charge in charges.iter().filter(|charge| charge.cost > 0) {
            let asked = (charge.cost, patience(charge.mode));
            locked.table(charge.account).charge(charge.account, &charge.bucket, asked, now);
        }
        match wait {
            0 => Verdict::Allowed,
            wait => Verdict::Wait(duration(wait)),
        }
    }

    /// Takes one charge, if it is allowed.
    #[inline]
    pub fn debit_one(&self, charge: &Charge, now: Instant) -> Decision {
        self.one(charge, now).0
    }

    /// What [`debit_one`](Self::debit_one) would decide. Nothing is taken.
    pub fn peek(&self, charge: &Charge, now: Instant) -> Decision {
        let now = self.ticks(now);
        let debt = self.shard(charge.account).lock().debt(charge.account, now);
        let answer = charge.bucket.decide(debt, charge.cost, patience(charge.mode));
        match answer.decision.retry_after {
            Some(_) => answer.decision,
            None => charge.bucket.decide(debt, 0, patience(charge.mode)).decision,
        }
    }

    /// Gives a charge back that was taken and not used after all; never more than is still owed.
    pub fn credit(&self, charge: &Charge, now: Instant) {
        let now = self.ticks(now);
        self.shard(charge.account).lock().credit(charge, now);
    }

    /// The bytes that it takes at most.
    pub fn bytes(&self) -> usize {
        self.shards.len() * size_of::<Shard>() + self.each(Table::bytes)
    }

    /// How many accounts there is room for.
    pub fn capacity(&self) -> usize {
        self.each(Table::capacity)
    }

    /// How many accounts owe something. It looks at each, and so takes a while.
    pub fn owing(&self, now: Instant) -> usize {
        let now = self.ticks(now);
        self.each(|table| table.owing(now))
    }

    /// How many debts were forgotten so far because there was no room.
    pub fn forgotten(&self) -> u64 {
        self.shards.iter().map(|shard| shard.lock().forgotten()).sum()
    }

    #[inline]
    fn one(&self, charge: &Charge, now: Instant) -> (Decision, Verdict) {
        let Charge { account, bucket, cost, mode } = charge;
        let weighed = self.take(*account, bucket, (*cost, patience(*mode)), now);
        let answer = bucket.answer(weighed);
        (answer.decision, answer.verdict())
    }

    /// Takes so many units, if they are allowed to who would wait for so many ticks.
    #[inline]
    pub(crate) fn take(&self, account: Account, bucket: &Bucket, asked: (u32, u64), now: Instant) -> Weighed {
        let now = self.ticks(now);
        self.shard(account).lock().charge(account, bucket, asked, now)
    }

    fn each(&self, of: impl Fn(&Table) -> usize) -> usize {
        self.shards.iter().map(|shard| of(&shard.lock())).sum()
    }

    #[inline]
    fn ticks(&self, now: Instant) -> u64 {
        ticks(now.saturating_duration_since(self.epoch))
    }

    #[inline]
    fn shard_of(&self, account: Account) -> usize {
        account.to_bits().checked_shr(self.shift).unwrap_or(0) as usize
    }

    #[inline]
    fn shard(&self, account: Account) -> &Shard {
        &self.shards[self.shard_of(account)]
    }
}

#[cfg(test)]
mod tests;
