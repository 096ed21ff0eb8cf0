//! Where servers share accounts, as `tsk.toml` tells it.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::text;

/// The section `[limits.redis]` of `tsk.toml`: the server of Redis that has the accounts, where several servers share their
/// limits. Feature `redis`.
///
/// `limits.memory` is then what each server takes for the accounts that it keeps by itself while Redis cannot be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// Where it is: `redis://user:password@host:port/database`, or with TLS at `rediss://…`.
    pub url: Secret,

    /// What the names of accounts are made with: the same on all servers, and as hard to guess as a password. Default: the password
    /// of the URL.
    #[serde(default)]
    pub secret: Option<Secret>,

    /// The PEM file of the authorities that may have issued the certificate of Redis. Default: those that browsers trust.
    #[serde(default)]
    pub authorities: Option<PathBuf>,

    /// What all keys begin with; for a Redis Cluster it has a `{tag}` in it. Default: `tsk:limit:`.
    #[serde(default = "prefix")]
    pub prefix: String,

    /// How long an answer may take. If one takes longer, Redis counts as away until it answers again. Default: 50 ms.
    #[serde(default = "timeout", with = "text::Duration")]
    pub timeout: Duration,

    /// How many requests may wait for an answer; for those beyond, it is as if Redis were away. Default: 4,096.
    #[serde(default = "waiting")]
    pub waiting: usize,
}

impl RedisConfig {
    /// That at a URL, with defaults for everything else.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret(url.into()),
            secret: None,
            authorities: None,
            prefix: prefix(),
            timeout: timeout(),
            waiting: waiting(),
        }
    }
}

fn prefix() -> String {
    "tsk:limit:".into()
}

fn timeout() -> Duration {
    Duration::from_millis(50)
}

fn waiting() -> usize {
    4096
}

/// Text that is shown to nobody: `Debug` writes `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Secret(String);

#[cfg(feature = "redis")]
impl super::Config {
    /// Redis, where servers share their accounts in it.
    ///
    /// # Errors
    ///
    /// A URL that is none of Redis, no secret, and a file of authorities that cannot be read.
    pub fn redis(&self) -> Result<Option<crate::store::redis::Redis>, crate::Error> {
        use crate::{
            Error,
            store::redis::{Redis, Settings},
        };

        let Some(config) = &self.redis else { return Ok(None) };
        let at = |name: &'static str| move |error| Error::at(format_args!("limits.redis{name}"), error);
        let settings = Settings::new(&config.url.0).map_err(at(".url"))?;
        let secret = config.secret.as_ref().map_or(settings.secret, |secret| secret.0.clone());
        let settings = Settings {
            secret,
            authorities: config.authorities.clone(),
            prefix: config.prefix.clone(),
            timeout: config.timeout,
            waiting: config.waiting,
            local: usize::try_from(self.memory.as_u64()).unwrap_or(usize::MAX),
            url: settings.url,
        };
        Redis::new(settings).map(Some).map_err(at(""))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
