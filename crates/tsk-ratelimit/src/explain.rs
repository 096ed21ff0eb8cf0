//! Why somebody is refused, or would be.

mod look;
mod subject;
mod words;

use serde::{Deserialize, Serialize};

pub use self::subject::{Caller, Subject, Unclear};

/// How somebody stands with the limits of a service: what a request of theirs would meet.
///
/// Shown, it is a few lines for each limit; as JSON it is what the admin listener and `tsk web explain --json` give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// About whom it is: what was asked.
    pub subject: String,
    /// The limits that would be asked, in the order of the routes.
    pub limits: Vec<Explained>,
    /// Limits that go by something of which nothing was said, such as an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<Unasked>,
}

impl Explanation {
    /// That of somebody whom nothing limits.
    pub fn none(subject: &Subject) -> Self {
        Self { subject: subject.to_string(), limits: Vec::new(), unasked: Vec::new() }
    }
}

/// A limit that nothing can be said of, as what tells its accounts apart was not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unasked {
    /// The name of the policy.
    pub policy: String,
    /// What tells its accounts apart.
    pub key: String,
    /// What was not given: `address`, or `key`.
    pub lacks: String,
}

/// How somebody stands with one limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The name of the policy.
    pub policy: String,
    /// What tells its accounts apart, such as `address` or `principal+route`.
    pub key: String,
    /// The routes that it is for, of those that were asked about.
    pub routes: Vec<String>,
    /// How much is allowed as things are: less than the rule says where it has adapted.
    pub quota: Allowed,
    /// The tier whose quota that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// What a request costs.
    pub cost: u32,
    /// Whether a request would be refused.
    pub would_refuse: bool,
    /// Whether the rule is on trial, and refuses nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Whether the rule leaves it alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exempt: bool,
    /// How the account stands; not where it is kept elsewhere and nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<State>,
    /// What holds meanwhile, where it is kept elsewhere and nobody answers: `open`, `closed`, or the share to which this server
    /// limits by itself, such as `25%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
    /// That it was refused of late, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusals>,
    /// How the rule has adapted to it, if the rule does and knows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<Adapted>,
}

/// How much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Allowed {
    /// Units of a window.
    pub limit: u32,
    /// The window.
    pub window_seconds: f64,
    /// Units that may come at once.
    pub burst: u32,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Units that could come now.
    pub remaining: u32,
    /// Seconds until it is whole again, rounded up.
    pub reset_seconds: u64,
    /// Seconds until a request could come, rounded up; none where it can now, or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

/// That somebody was refused of late: in the last ten to twenty minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// How often, at most.
    pub count: u64,
    /// By how much that may be too high.
    pub error: u64,
    /// Seconds since the last.
    pub last_seconds: u64,
}

/// How a rule has adapted to a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adapted {
    /// How often what it may is halved; 0 where it may all that the rule says.
    pub step: u8,
    /// For how long it has been less.
    pub tight_for_seconds: u64,
    /// How many more windows as usual give a step back.
    pub calm_windows_needed: u8,
    /// Why it was last tightened, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Why>,
}

/// Why a window was unusual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// `rate`, `errors` or `paths`.
    pub signal: String,
    /// What was measured: requests in a window, a share, or bits.
    pub observed: f32,
    /// What it is on average.
    pub usual: f32,
    /// Up to what it passes for usual.
    pub bound: f32,
    /// Of whom that is so: `own` habits, or those of `all` keys of the rule.
    pub compared_with: String,
    /// The same as a sentence.
    pub text: String,
}

#[cfg(test)]
mod tests;
