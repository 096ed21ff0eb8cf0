//! What can be told in `tsk.toml`.

mod adaptive;
mod make;
mod redis;
#[cfg(feature = "schema")]
mod schema;
mod text;

use std::{collections::BTreeMap, time::Duration};

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use self::adaptive::Switch;
pub use self::{
    adaptive::AdaptiveConfig,
    redis::{RedisConfig, Secret},
};
use crate::Headers;

/// The section `[limits]` of `tsk.toml`: what all limits have in common. The limits themselves are
/// [`[[limit]]`](RuleConfig).
///
/// ```
/// use std::time::Instant;
/// use tsk_ratelimit::{Config, Limits, RuleConfig};
///
/// let config = Config::default();
/// let rules: Vec<RuleConfig> = serde_json::from_str(r#"[
///     { "name": "everybody", "limit": 50, "window": "1s" },
///     { "name": "login", "limit": 5, "window": "1m", "routes": ["POST /login"] }
/// ]"#)?;
/// let limits = Limits::new(config.store(Instant::now())).config(&config, &rules)?;
/// # let _ = limits;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there are any limits, those that routes declare included. Default: true.
    pub enabled: bool,

    /// The memory that accounts may take. One that owes something needs 16 bytes, and half as much again for room. Default:
    /// 16 MiB, for some 700,000 of them.
    #[serde(with = "text::Size")]
    pub memory: ByteSize,

    /// Which answers say how much is left, in `ratelimit` and `ratelimit-policy`: `"always"`, all of them; `"refusals"`, those
    /// that refuse a request; `"never"`, none. Default: `always`.
    pub headers: Headers,

    /// Whether the same answers say `x-ratelimit-limit`, `-remaining` and `-reset` as well, for clients that know no others.
    /// Default: false.
    pub legacy_headers: bool,

    /// Whether operators see in clear who is refused, on the admin listener, and not only a hash that no other process has.
    /// Default: false.
    pub show_keys: bool,

    /// The Redis that has the accounts, where several servers share their limits. Default: none; each server has its own.
    pub redis: Option<RedisConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            memory: ByteSize::mib(16),
            headers: Headers::Always,
            legacy_headers: false,
            show_keys: false,
            redis: None,
        }
    }
}

/// A table `[[limit]]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// What it is called, as clients see it: up to 64 letters, digits, and characters of `-_.+`. Each has another.
    pub name: String,

    /// The units that are allowed in a window.
    pub limit: u32,

    /// The window. Default: 1 s.
    #[serde(default = "second", with = "text::Duration")]
    pub window: Duration,

    /// The units that may come at once. Default: a whole limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,

    /// Of whom so much is allowed: `"address"`, `"address-24-48"` for as many bits of IPv4 and of IPv6, `"principal"`,
    /// `"api-key"`, `"header-x-tenant"`, `"cookie-session"`, `"route"`, `"all"`, or several with `+` between them. Default:
    /// `address`, which is 64 bits of IPv6.
    #[serde(default = "address")]
    pub key: String,

    /// What a request costs, in units. Default: 1.
    #[serde(default = "one")]
    pub cost: u32,

    /// The routes that it is for, as they are declared: `"/users/{id}"`, `"POST /login"`, `"/api/*"` for all below. Default:
    /// every request, but for routes that are declared to be unlimited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,

    /// What is different for principals of a tier, by its name. Default: nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, TierConfig>,

    /// Whom it leaves alone: ranges of addresses as `"10.0.0.0/8"`, `"principal:monitor"`, `"tier:staff"`. Default: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<String>,

    /// The longest that a request may be kept waiting for its turn, instead of being refused. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::Duration")]
    pub delay: Option<Duration>,

    /// Whether it is only tried out: it is counted what it would refuse. Default: false.
    #[serde(default)]
    pub dry_run: bool,

    /// Whether a key may less while it behaves unlike before, and how that is found out: `true`, or a table of settings. Default:
    /// false.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "Switch")]
    #[cfg_attr(feature = "schema", schemars(with = "Switch"))]
    pub adaptive: Option<AdaptiveConfig>,

    /// What holds while a store that servers share cannot be asked: `"open"`, `"closed"`, or the share of the limit that each
    /// server has by itself, as in `"25%"`. Default: `25%`.
    #[serde(default = "quarter")]
    pub outage: String,
}

/// What a tier has in the place of the others: `tiers.gold` in a `[[limit]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TierConfig {
    /// The units that are allowed in the window.
    pub limit: u32,

    /// The units that may come at once. Default: a whole limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

fn second() -> Duration {
    Duration::from_secs(1)
}

fn one() -> u32 {
    1
}

fn address() -> String {
    "address".into()
}

fn quarter() -> String {
    "25%".into()
}

#[cfg(test)]
mod tests;
