//! The accounts of one shard: sets of a few entries, and two sets in which an account can be.

use crate::Account;

/// The entries of a set: enough for two sets not to be full together until most of the memory is in use.
const WAYS: usize = 8;
/// Whose an entry is, but for the low bits, which are their scale; and until when they owe something.
type Entry = [u64; 2];
type Set = [Entry; WAYS];
/// Two lines of the processor's cache, which a set fills.
const LINES: usize = size_of::<Set>();
const WORDS: usize = LINES / size_of::<u64>();
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

/// Entries in sets. One that owes nothing any more is free, whoever it was.
#[derive(Debug)]
pub(super) struct Table {
    /// Nothing until somebody owes something: an allocator may well write the zeros that it is asked for. From `base` on they
    /// are sets, each of which begins at a line.
    words: Vec<u64>,
    base: usize,
    len: usize,
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
        let len = (bytes / LINES).saturating_sub(1).clamp(1, u32::MAX as usize);
        Self { words: Vec::new(), base: 0, len, forgotten: 0 }
    }

    /// The bytes of its entries, once there are any.
    pub(super) fn bytes(&self) -> usize {
        self.words_wanted() * size_of::<u64>()
    }

    /// One set more than there are, less one word, is what it takes to begin at a line.
    fn words_wanted(&self) -> usize {
        (self.len + 1) * WORDS - 1
    }

    #[cold]
    fn allocate(&mut self) {
        self.words = vec![0; self.words_wanted()];
        self.base = self.words.as_ptr().align_offset(LINES).min(WORDS - 1);
    }

    pub(super) fn capacity(&self) -> usize {
        self.len * WAYS
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many owe something.
    pub(super) fn owing(&self, now: u64) -> usize {
        self.sets().as_flattened().iter().filter(|[_, until]| *until > now).count()
    }

    /// The entry of an account, if it has one.
    #[inline]
    pub(super) fn find(&self, account: Account) -> Option<Found> {
        let [first, second] = self.sets_of(account);
        self.find_in(first, account).or_else(|| self.find_in(second, account))
    }

    #[inline]
    fn find_in(&self, set: usize, account: Account) -> Option<Found> {
        let entries = self.sets().get(set)?;
        let way = entries.iter().position(|[of, _]| (of ^ account.to_bits()) >> SCALE_BITS == 0)?;
        Some(Found { at: set * WAYS + way, until: entries[way][1] })
    }

    /// Notes until when an account owes something.
    #[inline]
    pub(super) fn put(&mut self, found: Option<Found>, account: Account, scale: Scale, until: u64, now: u64) {
        if self.words.is_empty() {
            self.allocate();
        }
        let at = found.map(|found| found.at).or_else(|| self.place(account, scale, until, now));
        if let Some(at) = at {
            let of = (account.to_bits() >> SCALE_BITS << SCALE_BITS) | u64::from(scale.0);
            self.words[self.base..].as_chunks_mut().0[at] = [of, until];
        }
    }

    /// A place for an account that has none. Where all are taken by others who owe something, whoever owes the smallest share of
    /// their burst is forgotten, and that may be this one.
    #[inline(never)]
    fn place(&mut self, account: Account, scale: Scale, until: u64, now: u64) -> Option<usize> {
        let [first, second] = self.sets_of(account);
        let (free_in_first, in_first) = self.free(first, now);
        // Most are in their first set, so that most are found there.
        if free_in_first >= WAYS / 2 {
            return in_first;
        }
        let (free_in_second, in_second) = self.free(second, now);
        if free_in_first.max(free_in_second) > 0 {
            return if free_in_first >= free_in_second { in_first } else { in_second };
        }
        self.forgotten += 1;
        let entries = self.sets().as_flattened();
        let share = |at: usize| Scale(entries[at][0] as u8).share(entries[at][1].saturating_sub(now));
        let both = [first, second].into_iter().flat_map(|set| set * WAYS..(set + 1) * WAYS);
        let least = both.min_by(|a, b| share(*a).total_cmp(&share(*b)))?;
        (share(least) < scale.share(until.saturating_sub(now))).then_some(least)
    }

    /// How many entries of a set are free, and one of them.
    fn free(&self, set: usize, now: u64) -> (usize, Option<usize>) {
        let entries = &self.sets()[set];
        let free = |[_, until]: &Entry| *until <= now;
        let way = entries.iter().position(free);
        (entries.iter().filter(|entry| free(entry)).count(), way.map(|way| set * WAYS + way))
    }

    /// The two sets in which an account can be, by bits of its own each.
    #[inline]
    fn sets_of(&self, account: Account) -> [usize; 2] {
        let bits = account.to_bits();
        [bits >> 24 & 0xffff_ffff, bits & 0xffff_ffff].map(|bits| ((bits * self.len as u64) >> 32) as usize)
    }

    #[inline]
    fn sets(&self) -> &[Set] {
        let sets = self.words[self.base..].as_chunks().0.as_chunks().0;
        &sets[..self.len.min(sets.len())]
    }
}
