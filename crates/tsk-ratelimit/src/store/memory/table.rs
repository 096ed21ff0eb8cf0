//! The accounts of one shard: sets of a few entries, and two sets in which an account can be.

use crate::Account;

/// The entries of a set.
const WAYS: usize = 4;
/// The words of a set: two for each entry.
const SET: usize = 2 * WAYS;
/// A line of the processor's cache, which a set fills.
const LINE: usize = 64;
/// The low bits of an entry's first word, which hold its scale in the place of the account's own bits.
const SCALE_BITS: u32 = 8;

/// What a whole burst owes, to the eighth, in as few bits as there is room for: for comparing debts under different quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale(u8);

impl Scale {
    /// Of this many ticks.
    pub(super) const fn of(whole: u64) -> Self {
        let exponent = 61_u32.saturating_sub(whole.leading_zeros());
        Self(((exponent as u8) << 2) | ((whole >> exponent) & 0b11) as u8)
    }

    /// The share of a whole burst that a debt is.
    fn share(self, debt: u64) -> f32 {
        debt as f32 / ((u64::from(self.0 & 0b11) + 4) << (self.0 >> 2)) as f32
    }
}

/// An entry: whose it is, and until when they owe something. One that owes nothing any more is free, whoever it was.
#[derive(Debug)]
pub(super) struct Table {
    /// Zeros that the system need not provide until they are touched; from `base` on, sets that each fill a line.
    words: Vec<u64>,
    base: usize,
    sets: u64,
    forgotten: u64,
}

/// Where an account's entry is, and until when it owes something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    at: usize,
    pub(super) until: u64,
}

impl Table {
    /// As many sets as so many bytes hold; at least one.
    pub(super) fn new(bytes: usize) -> Self {
        let set = SET * size_of::<u64>();
        let sets = (bytes.saturating_sub(LINE) / set).clamp(1, u32::MAX as usize);
        // One set more than there are, less one word, is what it takes to start at a line.
        let words = vec![0_u64; (sets + 1) * SET - 1];
        let base = words.as_ptr().align_offset(LINE).min(SET - 1);
        Self { words, base, sets: sets as u64, forgotten: 0 }
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    pub(super) fn capacity(&self) -> usize {
        self.sets as usize * WAYS
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many owe something.
    pub(super) fn owing(&self, now: u64) -> usize {
        self.words[self.base..][..self.sets as usize * SET].chunks(2).filter(|entry| entry[1] > now).count()
    }

    /// The entry of an account, if it has one.
    pub(super) fn find(&self, account: Account) -> Option<Found> {
        let [first, second] = self.sets_of(account);
        self.find_in(first, account).or_else(|| self.find_in(second, account))
    }

    fn find_in(&self, set: usize, account: Account) -> Option<Found> {
        let of_set = &self.words[set..][..SET];
        let way = (0..WAYS).find(|way| (of_set[2 * way] ^ account.to_bits()) >> SCALE_BITS == 0)?;
        Some(Found { at: set + 2 * way, until: of_set[2 * way + 1] })
    }

    /// Notes until when an account owes something.
    pub(super) fn put(&mut self, found: Option<Found>, account: Account, scale: Scale, until: u64, now: u64) {
        let Some(at) = found.map(|found| found.at).or_else(|| self.place(account, scale, until, now)) else {
            return;
        };
        let entry = &mut self.words[at..][..2];
        entry[0] = (account.to_bits() >> SCALE_BITS << SCALE_BITS) | u64::from(scale.0);
        entry[1] = until;
    }

    /// A place for an account that has none. Where all are taken by others who owe something, whoever owes the smallest share of their
    /// burst is forgotten, and that may be this one.
    fn place(&mut self, account: Account, scale: Scale, until: u64, now: u64) -> Option<usize> {
        let [first, second] = self.sets_of(account);
        let (free_in_first, at_first) = self.free(first, now);
        // Most accounts are in their first set, so that most are found in one line.
        if free_in_first > 1 {
            return at_first;
        }
        let (free_in_second, at_second) = self.free(second, now);
        if free_in_first.max(free_in_second) > 0 {
            return if free_in_first >= free_in_second { at_first } else { at_second };
        }
        self.forgotten += 1;
        let share = |at: usize| Scale(self.words[at] as u8).share(self.words[at + 1].saturating_sub(now));
        let entries = [first, second].into_iter().flat_map(|set| (set..set + SET).step_by(2));
        let least = entries.min_by(|a, b| share(*a).total_cmp(&share(*b)))?;
        (share(least) < scale.share(until.saturating_sub(now))).then_some(least)
    }

    /// How many entries of a set are free, and one of them.
    fn free(&self, set: usize, now: u64) -> (usize, Option<usize>) {
        let mut free = (set..set + SET).step_by(2).filter(|at| self.words[at + 1] <= now);
        let one = free.next();
        (usize::from(one.is_some()) + free.count(), one)
    }

    /// The two sets in which an account can be, as the places of their first words: by bits of its own each.
    fn sets_of(&self, account: Account) -> [usize; 2] {
        let bits = account.to_bits();
        [bits >> 24 & 0xffff_ffff, bits & 0xffff_ffff]
            .map(|bits| self.base + SET * ((bits * self.sets) >> 32) as usize)
    }
}
