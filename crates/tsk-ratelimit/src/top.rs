//! Who is refused most, in fixed memory.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Account;

/// Parts with a lock each.
const SHARDS: usize = 8;

/// How many accounts a part has room for.
const ROWS: usize = 32;

/// How long accounts are counted together.
const SPAN: Duration = Duration::from_secs(600);

/// How long a key may be that is kept to be shown, in bytes.
const TEXT: usize = 64;

/// The accounts that are refused most, of the last ten to twenty minutes.
///
/// It is the algorithm Space-Saving (Metwally, Agrawal, El Abbadi 2005): where there is no room for another account, it takes the
/// place and the count of the one that is refused least. So in each ten minutes a count is never too low, is too high by no more than
/// its [`error`](Refused::error), and whoever has more than one in 32 of the refusals of its part is there.
#[derive(Debug)]
pub struct Top {
    epoch: Instant,
    shards: [Mutex<Shard>; SHARDS],
}

/// An account that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Whose it is.
    pub account: Account,
    /// The name of the policy that has refused it.
    pub policy: &'static str,
    /// How often, at most.
    pub count: u64,
    /// By how much that may be too high.
    pub error: u64,
    /// How long ago it was last refused.
    pub ago: Duration,
    /// Who it is, where that is to be shown: the first bytes of it.
    pub key: Option<Box<str>>,
}

#[derive(Debug, Default)]
struct Shard {
    /// Which span it is, since the epoch.
    span: u64,
    now: Rows,
    before: Rows,
}

#[derive(Debug, Default)]
struct Rows(Vec<Row>);

#[derive(Debug)]
struct Row {
    account: Account,
    policy: &'static str,
    count: u64,
    error: u64,
    last: Duration,
    key: Option<Box<str>>,
}

impl Top {
    /// Nobody yet. `now` is where its time begins.
    pub fn new(now: Instant) -> Self {
        Self { epoch: now, shards: Default::default() }
    }

    /// An account was refused by a policy. Who it is, is asked once, and only where it is to be shown.
    pub fn refused(
        &self,
        account: Account,
        policy: &'static str,
        now: Instant,
        key: impl FnOnce() -> Option<Box<str>>,
    ) {
        let at = now.saturating_duration_since(self.epoch);
        self.shard(account, at).now.count(account, policy, at, key);
    }

    /// Those that are refused most, at most so many.
    pub fn most(&self, most: usize, now: Instant) -> Vec<Refused> {
        let at = now.saturating_duration_since(self.epoch);
        let mut all: Vec<Refused> = Vec::new();
        for shard in &self.shards {
            let shard = turned(shard, at);
            let accounts = shard.now.0.iter().chain(&shard.before.0).map(|row| row.account);
            let mut accounts: Vec<_> = accounts.collect();
            accounts.sort_unstable_by_key(|account| account.to_bits());
            accounts.dedup();
            all.extend(accounts.into_iter().filter_map(|account| shard.of(account, at)));
        }
        all.sort_by_key(|refused| (std::cmp::Reverse(refused.count), refused.ago));
        all.truncate(most);
        all
    }

    /// How often an account was refused; `None` where it was not, or too seldom to be known.
    pub fn of(&self, account: Account, now: Instant) -> Option<Refused> {
        let at = now.saturating_duration_since(self.epoch);
        self.shard(account, at).of(account, at)
    }

    fn shard(&self, account: Account, at: Duration) -> MutexGuard<'_, Shard> {
        turned(&self.shards[(account.to_bits() % SHARDS as u64) as usize], at)
    }
}

/// A shard whose span is that of the time.
fn turned(shard: &Mutex<Shard>, at: Duration) -> MutexGuard<'_, Shard> {
    let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
    let span = at.as_secs() / SPAN.as_secs();
    // A thread that is a little late counts in the span that has begun.
    if span > shard.span {
        let now = std::mem::take(&mut shard.now);
        shard.before = if span == shard.span + 1 { now } else { Rows::default() };
        shard.span = span;
    }
    shard
}

impl Shard {
    fn of(&self, account: Account, at: Duration) -> Option<Refused> {
        let [now, before] = [&self.now, &self.before].map(|rows| rows.find(account));
        let newest = now.or(before)?;
        let sum = |of: fn(&Row) -> u64| now.map_or(0, of) + before.map_or(0, of);
        Some(Refused {
            account,
            policy: newest.policy,
            count: sum(|row| row.count),
            error: sum(|row| row.error),
            ago: at.saturating_sub(newest.last),
            key: newest.key.clone(),
        })
    }
}

impl Rows {
    fn find(&self, account: Account) -> Option<&Row> {
        self.0.iter().find(|row| row.account == account)
    }

    fn count(
        &mut self,
        account: Account,
        policy: &'static str,
        at: Duration,
        key: impl FnOnce() -> Option<Box<str>>,
    ) {
        if let Some(row) = self.0.iter_mut().find(|row| row.account == account) {
            row.count += 1;
            row.last = row.last.max(at);
            return;
        }
        let mut row = Row { account, policy, count: 1, error: 0, last: at, key: key().map(cut) };
        if self.0.len() < ROWS {
            self.0.push(row);
            return;
        }
        let least = self.0.iter_mut().min_by_key(|row| row.count).expect("it is full");
        row.error = least.count;
        row.count = least.count + 1;
        *least = row;
    }
}

/// A client chooses how long its key is.
fn cut(key: Box<str>) -> Box<str> {
    match key.len() {
        0..=TEXT => key,
        _ => {
            let end = (0..=TEXT).rev().find(|end| key.is_char_boundary(*end)).unwrap_or_default();
            key[..end].into()
        }
    }
}

#[cfg(test)]
mod tests;
