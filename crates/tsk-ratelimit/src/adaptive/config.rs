//! What can be told in `tsk.toml`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The section `[overload]` of `tsk.toml`: how many requests are worked on at a time. Durations are written `"100ms"`.
///
/// ```
/// use tsk_ratelimit::adaptive::Config;
///
/// let config = Config { enabled: true, ..Config::default() };
/// assert_eq!(config.min_limit, 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there is such a limit. Default: false.
    pub enabled: bool,

    /// How many requests may be worked on at a time at the beginning; from then on it follows from how long they take. Default: 32.
    #[cfg_attr(feature = "schema", schemars(range(min = 2, max = 1_000_000)))]
    pub initial_limit: u32,

    /// The limit never falls below this; 2 or more. Default: 4.
    #[cfg_attr(feature = "schema", schemars(range(min = 2, max = 1_000_000)))]
    pub min_limit: u32,

    /// The limit never rises above this. Default: 1,000.
    #[cfg_attr(feature = "schema", schemars(range(min = 2, max = 1_000_000)))]
    pub max_limit: u32,

    /// How many requests of each priority may wait until there is room; what is sheddable never waits. Default: 100.
    #[cfg_attr(feature = "schema", schemars(range(max = 1_000_000)))]
    pub queue: u32,

    /// How long a request may wait before it is refused. Default: 100 ms.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub queue_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: false,
            initial_limit: 32,
            min_limit: 4,
            max_limit: 1_000,
            queue: 100,
            queue_timeout: Duration::from_millis(100),
        }
    }
}
