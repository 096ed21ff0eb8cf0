//! What is logged of the export: that it fails, and that it works again.

use std::time::{Duration, Instant};

/// How often at most it is said that the export fails.
const PERIOD: Duration = Duration::from_secs(60);

/// Says what happens now and then, however often it happens.
#[derive(Debug, Default)]
pub(super) struct Notice {
    said: Option<Instant>,
    /// What of the failure is known: since when, and whether it has been said.
    failing: Option<Failing>,
}

#[derive(Debug, Clone, Copy)]
struct Failing {
    since: Instant,
    is_said: bool,
}

impl Notice {
    /// Whether a failure is to be logged.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        let failing = self.failing.get_or_insert(Failing { since: now, is_said: false });
        if self.said.is_some_and(|said| now.saturating_duration_since(said) < PERIOD) {
            return false;
        }
        self.said = Some(now);
        failing.is_said = true;
        true
    }

    /// For how long it failed, if that is to be logged: what was not said to fail is not said to work.
    pub(super) fn works(&mut self, now: Instant) -> Option<Duration> {
        let failing = self.failing.take()?;
        failing.is_said.then(|| now.saturating_duration_since(failing.since))
    }
}

#[cfg(test)]
mod tests;
