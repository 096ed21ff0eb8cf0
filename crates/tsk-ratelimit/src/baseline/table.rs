//! Many keys in fixed memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Arrival, Standing,
    profile::{Moment, Profile},
    yardstick::Yardstick,
};
use crate::Account;

/// Keys that compete for the same places.
const WAYS: usize = 4;

/// Parts with a lock each.
const SHARDS: usize = 16;

/// Profiles by account: a set-associative table, whose memory is taken at once.
///
/// For a new key the one that is least missed makes room: one that is free before one that is tight, and of those the one that was
/// silent for longest. Whoever invents keys therefore pushes out what is known of others, who are strangers again, and never
/// that somebody is tight.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Mutex<Box<[Set]>>]>,
    sets: usize,
}

type Set = [Option<Slot>; WAYS];

#[derive(Debug, Clone, Copy)]
struct Slot {
    account: Account,
    profile: Profile,
}

impl Table {
    /// `None` where the memory is not enough for a set in each shard.
    pub(super) fn new(bytes: usize) -> Option<Self> {
        let sets = bytes / size_of::<Set>() / SHARDS;
        if sets == 0 {
            return None;
        }
        let shard = || Mutex::new(vec![Set::default(); sets].into_boxed_slice());
        Some(Self { shards: std::iter::repeat_with(shard).take(SHARDS).collect(), sets })
    }

    #[inline]
    pub(super) fn arrived(&self, account: Account, path: u64, now: Moment, yardstick: &Yardstick) -> Arrival {
        let (mut shard, set) = self.set(account);
        let slot = match shard[set].iter().position(|slot| slot.is_some_and(|slot| slot.account == account)) {
            Some(way) => &mut shard[set][way],
            None => place(&mut shard[set], now, yardstick),
        };
        let slot = match slot {
            Some(slot) if slot.account == account => slot,
            slot => slot.insert(Slot { account, profile: Profile::new(now) }),
        };
        let turn = slot.profile.arrived(path, now, yardstick);
        Arrival { step: slot.profile.step(), turn }
    }

    /// What has made room for others by now is not counted.
    #[inline]
    pub(super) fn answered(&self, account: Account, is_client_error: bool) {
        let (mut shard, set) = self.set(account);
        if let Some(slot) = shard[set].iter_mut().flatten().find(|slot| slot.account == account) {
            slot.profile.answered(is_client_error);
        }
    }

    pub(super) fn standing(&self, account: Account, now: Moment, yardstick: &Yardstick) -> Option<Standing> {
        let profile = {
            let (shard, set) = self.set(account);
            shard[set].iter().flatten().find(|slot| slot.account == account)?.profile
        };
        Some(profile.standing(now, yardstick))
    }

    pub(super) fn tight(&self, most: usize, now: Moment, yardstick: &Yardstick) -> Vec<(Account, Standing)> {
        let mut tight = Vec::new();
        for shard in &self.shards {
            let slots: Vec<Slot> = {
                let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
                shard.iter().flatten().flatten().filter(|slot| slot.profile.step() > 0).copied().collect()
            };
            let standings =
                slots.into_iter().map(|slot| (slot.account, slot.profile.standing(now, yardstick)));
            tight.extend(standings.filter(|(_, standing)| standing.step > 0));
            tight.sort_by_key(|(_, standing)| (std::cmp::Reverse(standing.step), standing.tight_for));
            tight.truncate(most);
        }
        tight
    }

    pub(super) fn occupancy(&self) -> (usize, usize) {
        let known = |shard: &Mutex<Box<[Set]>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).iter().flatten().flatten().count()
        };
        (self.shards.iter().map(known).sum(), SHARDS * self.sets * WAYS)
    }

    #[inline]
    fn set(&self, account: Account) -> (MutexGuard<'_, Box<[Set]>>, usize) {
        // The upper half chooses the set, the lower bits the shard, so that neither follows from the other.
        let bits = account.to_bits();
        let set = ((bits >> 32) * self.sets as u64) >> 32;
        let shard = &self.shards[(bits % SHARDS as u64) as usize];
        (shard.lock().unwrap_or_else(PoisonError::into_inner), set as usize)
    }
}

/// The place for a new key.
#[cold]
fn place<'s>(set: &'s mut Set, now: Moment, yardstick: &Yardstick) -> &'s mut Option<Slot> {
    let missed = |slot: &Option<Slot>| {
        slot.map(|Slot { profile, .. }| (profile.standing(now, yardstick).step, profile.last()))
    };
    set.iter_mut().min_by_key(|slot| missed(slot)).expect("a set has places")
}
