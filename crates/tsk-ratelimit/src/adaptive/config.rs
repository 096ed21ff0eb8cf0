//! What can be told in `tsk.toml`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Error;

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

/// Longer than this, nobody waits for an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What fits into the numbers of a limit, with room to spare.
const HIGHEST: u32 = 1_000_000;

impl Config {
    /// # Errors
    ///
    /// A setting that cannot be.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Self { min_limit, max_limit, initial_limit, queue, queue_timeout, .. } = *self;
        let fault = |key: &str, message: String| Err(Error::new(format!("`overload.{key}`: {message}")));
        if min_limit < 2 {
            return fault(
                "min_limit",
                format!("{min_limit} at a time is too few to find out more; write 2 or more"),
            );
        }
        if max_limit < min_limit {
            return fault("max_limit", format!("{max_limit} is below `min_limit`, {min_limit}; raise it"));
        }
        if max_limit > HIGHEST || queue > HIGHEST {
            let key = if queue > HIGHEST { "queue" } else { "max_limit" };
            return fault(key, format!("no service has so many; write {HIGHEST} or less"));
        }
        if !(min_limit..=max_limit).contains(&initial_limit) {
            return fault("initial_limit", format!("{initial_limit} is not from `min_limit` to `max_limit`"));
        }
        if queue_timeout > LONGEST_WAIT {
            return fault("queue_timeout", "nobody waits so long; write `1m` or less".into());
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_names_the_setting() {
        let config = Config::default;
        config().check().unwrap();
        for (key, config) in [
            ("min_limit", Config { min_limit: 1, ..config() }),
            ("max_limit", Config { max_limit: 3, ..config() }),
            ("max_limit", Config { max_limit: u32::MAX, ..config() }),
            ("initial_limit", Config { initial_limit: 2_000, ..config() }),
            ("queue", Config { queue: u32::MAX, ..config() }),
            ("queue_timeout", Config { queue_timeout: Duration::from_secs(61), ..config() }),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`overload.{key}`: ")), "{error}");
        }
    }
}
