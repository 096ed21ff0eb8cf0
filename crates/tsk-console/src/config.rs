//! What the console can be told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The console: section `[console]` of `tsk.toml`.
///
/// ```
/// use std::time::Duration;
///
/// let config = tsk_console::Config { interval: Duration::from_secs(5), ..Default::default() };
/// let console = tsk_console::Console::new(&config, [])?;
/// # Ok::<(), tsk_console::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there is one. Default: true.
    pub enabled: bool,

    /// How often it looks at the service while somebody looks at it, from 100 ms to 1 min. Default: 1 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub interval: Duration,

    /// How many may look at a time, from 1 to 64. Default: 8.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 64)))]
    pub max_streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: true, interval: Duration::from_secs(1), max_streams: 8 }
    }
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(60);
const MOST_STREAMS: usize = 64;

impl Config {
    /// Whether this can be.
    ///
    /// # Errors
    ///
    /// A setting that cannot, with its key.
    pub fn check(&self) -> Result<(), Error> {
        if !(SHORTEST..=LONGEST).contains(&self.interval) {
            return Err(Error::config(format!(
                "`console.interval` is {:?}; choose from 100 ms to 1 min",
                self.interval
            )));
        }
        if !(1..=MOST_STREAMS).contains(&self.max_streams) {
            return Err(Error::config(format!(
                "`console.max_streams` is {}; choose from 1 to {MOST_STREAMS}, or switch off `console.enabled`",
                self.max_streams
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_cannot_be_names_its_key() {
        for (config, key) in [
            (Config { interval: Duration::from_millis(99), ..Config::default() }, "console.interval"),
            (Config { interval: Duration::from_secs(61), ..Config::default() }, "console.interval"),
            (Config { max_streams: 0, ..Config::default() }, "console.max_streams"),
            (Config { max_streams: 65, ..Config::default() }, "console.max_streams"),
        ] {
            let error = config.check().unwrap_err();
            assert_eq!((error.key(), error.is_config()), (Some(key), true), "{error}");
        }
        Config::default().check().unwrap();
    }
}
