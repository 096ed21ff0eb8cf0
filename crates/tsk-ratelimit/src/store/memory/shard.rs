//! Charges on the accounts of one shard, and on those of several at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Memory;
use super::table::{Scale, Table};
use crate::bucket::{Answer, Weighed, ticks};
use crate::{Account, Bucket, Charge, Mode};

/// How many shards are locked at once without a list on the heap.
const FEW: usize = 8;

/// Some of the accounts, aligned so that no two locks are in lines that a processor fetches together.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard(Mutex<Table>);

impl Shard {
    /// Within so many bytes, itself included.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Mutex::new(Table::new(bytes - size_of::<Self>())))
    }

    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, Table> {
        // A table is right between any two writes to it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// What an account owes, in ticks.
    pub(super) fn debt(&self, account: Account, now: u64) -> u64 {
        self.find(account).map_or(0, |found| found.until.saturating_sub(now))
    }

    /// Takes so many units, if they are allowed to who would wait for so long.
    #[inline]
    pub(super) fn charge(
        &mut self,
        account: Account,
        bucket: &Bucket,
        (cost, patience): (u32, u64),
        now: u64,
    ) -> Weighed {
        let found = self.find(account);
        let debt = found.map_or(0, |found| found.until.saturating_sub(now));
        let weighed = bucket.weigh(debt, cost, patience);
        if let Weighed::Taken { debt, .. } = weighed
            && cost > 0
        {
            self.put(found, account, Scale::of(bucket.whole()), now.saturating_add(debt), now);
        }
        weighed
    }

    /// Gives a charge back, but for what time has paid of it.
    pub(super) fn credit(&mut self, charge: &Charge, now: u64) {
        if let Some(found) = self.find(charge.account).filter(|found| found.until > now) {
            let until = found.until.saturating_sub(charge.bucket.price(charge.cost));
            self.put(Some(found), charge.account, Scale::of(charge.bucket.whole()), until, now);
        }
    }
}

/// The shards of several charges, locked in the order in which all lock them.
pub(super) struct Locked<'a> {
    memory: &'a Memory,
    few: [Option<(usize, MutexGuard<'a, Table>)>; FEW],
    more: Vec<(usize, MutexGuard<'a, Table>)>,
}

impl<'a> Locked<'a> {
    pub(super) fn new(memory: &'a Memory, charges: &[Charge]) -> Self {
        let mut locked = Self { memory, few: [const { None }; FEW], more: Vec::new() };
        let mut next = 0;
        let mut places = locked.few.iter_mut();
        let shards = || charges.iter().map(|charge| memory.shard_of(charge.account));
        while let Some(shard) = shards().filter(|shard| *shard >= next).min() {
            let guard = (shard, memory.shards[shard].lock());
            match places.next() {
                Some(place) => *place = Some(guard),
                None => locked.more.push(guard),
            }
            next = shard + 1;
        }
        locked
    }

    /// The table of an account that is charged.
    pub(super) fn table(&mut self, account: Account) -> &mut Table {
        let shard = self.memory.shard_of(account);
        let locked = self.few.iter_mut().flatten().chain(&mut self.more);
        let mut own = locked.filter(|(locked, _)| *locked == shard);
        &mut own.next().expect("the shard of each charge is locked").1
    }

    /// What would be decided of one of the charges after those before it.
    pub(super) fn answer(&mut self, charges: &[Charge], index: usize, now: u64) -> Answer {
        let charge = &charges[index];
        let before = charges[..index].iter().filter(|before| before.account == charge.account);
        let owed = self.table(charge.account).debt(charge.account, now);
        let owed = before.fold(owed, |sum, one| sum.saturating_add(one.bucket.price(one.cost)));
        charge.bucket.decide(owed, charge.cost, patience(charge.mode))
    }
}

/// For how many ticks a charge may wait.
#[inline]
pub(crate) fn patience(mode: Mode) -> u64 {
    match mode {
        Mode::Refuse => 0,
        Mode::Delay { max } => ticks(max),
    }
}
