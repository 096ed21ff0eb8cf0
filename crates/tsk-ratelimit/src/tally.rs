//! What a rule has decided, counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use metrics::{Counter, Key, Label, Level, Metadata, SharedString};

use crate::baseline::Signal;

/// Decisions, with the labels `policy` and `decision`.
pub const DECISIONS: &str = "ratelimit_decisions_total";

/// How often keys were tightened, with the labels `policy` and `signal`.
pub const TIGHTENED: &str = "ratelimit_tightened_total";

/// What a rule can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decided {
    /// The request goes on.
    Allowed,
    /// It waits, and then goes on.
    Delayed,
    /// It is refused.
    Refused,
    /// It goes on, and would be refused if the rule were not on trial.
    WouldRefuse,
}

impl Decided {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Allowed, Self::Delayed, Self::Refused, Self::WouldRefuse];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Delayed => "delayed",
            Self::Refused => "refused",
            Self::WouldRefuse => "would_refuse",
        }
    }
}

/// What a rule has decided so far: to be looked at, and told to whichever recorder of the crate `metrics` the program has.
///
/// The recorder is asked for its counters once, when this is made, which comes after it was installed.
#[derive(Debug)]
pub struct Tally {
    decisions: [Count; Decided::ALL.len()],
    tightened: [Count; Signal::ALL.len()],
}

/// A number here, and the same number there.
#[derive(Debug)]
struct Count {
    own: AtomicU64,
    told: Counter,
}

impl Tally {
    /// Of the policy with this name.
    pub fn new(policy: &str) -> Self {
        metrics::with_recorder(|recorder| {
            let describe = |name: &'static str, help: &'static str| {
                recorder.describe_counter(name.into(), None, SharedString::const_str(help));
            };
            describe(DECISIONS, "What policies have decided of requests.");
            describe(TIGHTENED, "How often a key was tightened, by what was unusual of it.");
        });
        let count = |name: &'static str, label: &'static str, value: &'static str| Count {
            own: AtomicU64::new(0),
            told: counter(name, policy, label, value),
        };
        Self {
            decisions: Decided::ALL.map(|decided| count(DECISIONS, "decision", decided.name())),
            tightened: Signal::ALL.map(|signal| count(TIGHTENED, "signal", signal.name())),
        }
    }

    /// Counts a decision.
    #[inline]
    pub fn decided(&self, decided: Decided) {
        self.decisions[decided as usize].increment();
    }

    /// Counts that a key was tightened.
    pub fn tightened(&self, signal: Signal) {
        self.tightened[signal as usize].increment();
    }

    /// How often that was decided.
    pub fn decisions(&self, decided: Decided) -> u64 {
        self.decisions[decided as usize].own.load(Relaxed)
    }

    /// How often a key was tightened for that.
    pub fn tightenings(&self, signal: Signal) -> u64 {
        self.tightened[signal as usize].own.load(Relaxed)
    }
}

impl Count {
    #[inline]
    fn increment(&self) {
        self.own.fetch_add(1, Relaxed);
        self.told.increment(1);
    }
}

fn counter(name: &'static str, policy: &str, label: &'static str, value: &'static str) -> Counter {
    static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    let labels = vec![Label::new("policy", policy.to_owned()), Label::new(label, value)];
    let key = Key::from_parts(name, labels);
    metrics::with_recorder(|recorder| recorder.register_counter(&key, &METADATA))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_counted_is_to_be_looked_at() {
        let tally = Tally::new("search");
        (0..3).for_each(|_| tally.decided(Decided::Refused));
        tally.tightened(Signal::Errors);
        assert_eq!(Decided::ALL.map(|decided| tally.decisions(decided)), [0, 0, 3, 0]);
        assert_eq!(Signal::ALL.map(|signal| tally.tightenings(signal)), [0, 1, 0]);
    }
}
