//! When each check is due, and how it stands: plain methods that take `now`.
//!
//! The engine makes no check itself. Whoever runs it makes those that [`begin`](Engine::begin) names, tells what was
//! [`found`](Engine::found), and gives up those that [`expire`](Engine::expire) names.

mod entry;

use std::time::Duration;

use tokio::time::Instant;
use tsk_core::check::Finding;

pub(crate) use self::entry::{Entry, Level};
use crate::settings::{Kind, Settings};

/// Every check of a service.
#[derive(Debug)]
pub(crate) struct Engine {
    entries: Vec<Entry>,
    /// The share of an interval by which it is longer or shorter.
    jitter: f64,
    random: fastrand::Rng,
}

/// A check stands otherwise than it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) index: usize,
    pub(crate) to: Level,
}

/// Until when something is so if nothing is found anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    /// It is not so.
    No,
    /// Until the oldest of the results on which it rests is too old.
    Until(Instant),
    /// It rests on no result.
    Always,
}

impl Engine {
    /// Checks that are due their start delay after `now`.
    pub(crate) fn new(
        settings: impl IntoIterator<Item = Settings>,
        jitter: f64,
        random: fastrand::Rng,
        now: Instant,
    ) -> Self {
        let entries = settings.into_iter().map(|settings| Entry::new(settings, now)).collect();
        Self { entries, jitter, random }
    }

    pub(crate) fn entry(&self, index: usize) -> &Entry {
        &self.entries[index]
    }

    /// Goes on where another engine has got to with one of its checks.
    pub(crate) fn succeed(&mut self, index: usize, former: &Entry) {
        self.entries[index].succeed(former);
    }

    /// The checks to be made now. One that is being made is not made again beside it.
    pub(crate) fn begin(&mut self, now: Instant) -> Vec<usize> {
        let mut begun = Vec::new();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.due().is_none_or(|due| due > now) {
                continue;
            }
            let stretch = 1.0 + self.jitter * (2.0 * self.random.f64() - 1.0);
            if entry.begin(now, now + entry.settings.interval.mul_f64(stretch)) {
                begun.push(index);
            }
        }
        begun
    }

    /// The checks that have taken too long, which count as failed, and are to be given up.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<usize> {
        let late = self
            .entries
            .iter_mut()
            .enumerate()
            .filter_map(|(index, entry)| entry.expire(now).then_some(index));
        late.collect()
    }

    /// A check has ended: with what it found, or without, where it was given up.
    pub(crate) fn found(&mut self, index: usize, now: Instant, finding: Option<Finding>) {
        self.entries[index].found(now, finding);
    }

    /// Looks which checks stand otherwise than when this was last asked.
    pub(crate) fn changes(&mut self, now: Instant) -> Vec<Change> {
        let changed = self.entries.iter_mut().enumerate().filter_map(|(index, entry)| {
            let to = entry.turn(now)?;
            Some(Change { index, to })
        });
        changed.collect()
    }

    /// When there is something to do next, if nothing is found before.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        self.entries.iter().filter_map(|entry| entry.next(now)).min()
    }

    /// Whether every check that `is_meant` works, and until when that holds.
    pub(crate) fn lease(&self, now: Instant, is_meant: impl Fn(usize, &Settings) -> bool) -> Lease {
        let mut lease = Lease::Always;
        for (index, entry) in self.entries.iter().enumerate() {
            if !is_meant(index, &entry.settings) {
                continue;
            }
            if !entry.level(now).works() {
                return Lease::No;
            }
            lease = match (lease, entry.stale_at()) {
                (Lease::Until(until), Some(stale)) => Lease::Until(until.min(stale)),
                (lease, None) => lease,
                (_, Some(stale)) => Lease::Until(stale),
            };
        }
        lease
    }

    /// Whether every check that the start waits for has passed.
    pub(crate) fn has_started(&self, now: Instant) -> bool {
        self.lease(now, |_, settings| settings.kind == Kind::Startup) != Lease::No
    }
}

/// How long ago something was, for people.
pub(crate) fn ago(span: Duration) -> humantime::FormattedDuration {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    // What is long needs no fractions.
    humantime::format_duration(Duration::from_millis(if millis < 10_000 {
        millis
    } else {
        millis / 1000 * 1000
    }))
}

#[cfg(test)]
mod tests;
