//! When a check is made, and what its results are for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::threshold::{Rule, WIDEST};

/// Which probe a check decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whether the service can do its work: while the check fails, `/readyz` answers 503 and no traffic should come.
    Readiness,
    /// Whether the service has started: `/startupz` answers 503 until the check has passed once. It is not made again then.
    Startup,
    /// None: it is shown in the detail, and gives notice.
    None,
}

/// When a check is made, and what its results are for.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which probe it decides. Default: readiness.
    pub kind: Kind,
    /// The groups that it belongs to: `/healthz/<group>` answers 503 while one of the group fails. Default: none.
    pub groups: Vec<String>,
    /// How long it is from the beginning of one to that of the next, give or take the jitter. Default: 10 s.
    pub interval: Duration,
    /// How long it may take before it counts as failed. Default: 5 s.
    pub timeout: Duration,
    /// How long after the start it is made first. Default: at once.
    pub start_delay: Duration,
    /// How old a result may become before it counts as failed. Default: three intervals and the timeout.
    pub max_age: Option<Duration>,
    /// How many results of the last `window` have to be bad before the check counts as failing; those that warn have to
    /// be as many before it counts as warning. Default: 3.
    pub fail_after: u32,
    /// How many results are looked back at; at most 64. Default: as many as `fail_after`, so that they are in a row.
    pub window: Option<u32>,
    /// How many results have to be good, one after another, before it no longer counts as failing. Default: 2.
    pub recover_after: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kind: Kind::Readiness,
            groups: Vec::new(),
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            start_delay: Duration::ZERO,
            max_age: None,
            fail_after: 3,
            window: None,
            recover_after: 2,
        }
    }
}

impl From<Kind> for Settings {
    fn from(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }
}

/// Shorter than this, checks would be what keeps the service busy.
const SHORTEST: Duration = Duration::from_millis(10);

impl Settings {
    pub(crate) fn rule(&self) -> Rule {
        let Self { fail_after, recover_after, .. } = *self;
        Rule { fail_after, window: self.window.unwrap_or(fail_after), recover_after }
    }

    pub(crate) fn oldest(&self) -> Duration {
        self.max_age.unwrap_or(self.interval.saturating_mul(3).saturating_add(self.timeout))
    }

    /// The key that is at fault, and what is wrong with it.
    pub(crate) fn fault(&self) -> Option<(&'static str, String)> {
        let rule = self.rule();
        let longest = Duration::from_secs(10 * 365 * 24 * 3600);
        if self.interval < SHORTEST || self.interval > longest {
            return Some(("interval", "write a time from 10 ms on".into()));
        }
        if self.timeout.is_zero() || self.timeout > longest {
            return Some(("timeout", "write a time above zero".into()));
        }
        if self.start_delay > longest {
            return Some(("start_delay", "nobody waits so long".into()));
        }
        // The jitter may add half an interval.
        let least = self.interval.mul_f64(1.5).saturating_add(self.timeout);
        if self.oldest() < least || self.oldest() > longest.saturating_mul(4) {
            let least = humantime::format_duration(least);
            return Some((
                "max_age",
                format!("results are as old as that between two checks; write {least} at least"),
            ));
        }
        if rule.fail_after == 0 || rule.fail_after > WIDEST {
            return Some(("fail_after", format!("write a number from 1 to {WIDEST}")));
        }
        if rule.window < rule.fail_after || rule.window > WIDEST {
            return Some(("window", format!("write a number from {} to {WIDEST}", rule.fail_after)));
        }
        if rule.recover_after == 0 {
            return Some(("recover_after", "write a number from 1 on".into()));
        }
        self.groups.iter().find(|group| !is_name(group)).map(|group| ("groups", no_name(group)))
    }
}

/// Names are segments of paths, and labels of alerts.
pub(crate) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

pub(crate) fn no_name(text: &str) -> String {
    format!("{text:?} is no name; write lower-case letters, digits, `-`, `_` and `.`, 64 at most")
}
