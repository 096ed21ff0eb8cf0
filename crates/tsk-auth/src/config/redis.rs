//! A Redis that instances share, as `tsk.toml` tells of it.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Secret, text};

/// The Redis in which the instances of a service share sessions and API keys, `[auth.redis]`, where these say that they are there.
/// Feature `redis`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// Where it is: `redis://user:password@host:port/database`, or with TLS at `rediss://…`.
    pub url: Secret,

    /// The PEM file of the authorities that may have issued its certificate. Default: those that browsers trust.
    #[serde(default)]
    pub authorities: Option<PathBuf>,

    /// What all keys begin with. Default: `tsk:auth:`.
    #[serde(default = "prefix")]
    pub prefix: String,

    /// How long an answer may take. Who would have to wait for longer is answered with 503. Default: 500 ms.
    #[serde(default = "timeout", with = "text::Duration")]
    pub timeout: Duration,

    /// How many requests may wait for an answer; those beyond are answered with 503. Default: 4,096.
    #[serde(default = "waiting")]
    pub waiting: usize,
}

impl RedisConfig {
    /// That at a URL, with defaults for everything else.
    pub fn new(url: impl Into<String>) -> Self {
        let url = Secret::from(url.into());
        Self { url, authorities: None, prefix: prefix(), timeout: timeout(), waiting: waiting() }
    }

    #[cfg(feature = "redis")]
    pub(super) fn connect(&self, directory: &std::path::Path) -> Result<crate::redis::Redis, crate::Error> {
        use crate::redis::{Redis, Settings};

        let mut settings =
            Settings::new(self.url.reveal()).map_err(|error| error.within("auth.redis.url"))?;
        settings.authorities = self.authorities.as_ref().map(|path| directory.join(path));
        settings.prefix.clone_from(&self.prefix);
        (settings.timeout, settings.waiting) = (self.timeout, self.waiting);
        Redis::new(settings).map_err(|error| error.within("auth.redis"))
    }
}

fn prefix() -> String {
    "tsk:auth:".into()
}

fn timeout() -> Duration {
    Duration::from_millis(500)
}

fn waiting() -> usize {
    4096
}
