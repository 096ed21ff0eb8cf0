//! Sessions, as `tsk.toml` tells of them.

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use super::{Config, Stores, text};
use crate::{Error, session::Sessions};

/// Sessions by a cookie, `[auth.session]`. There are none where there is no such section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// Where they are kept: in the `memory` of the process, or in the `redis` of `[auth.redis]`, which instances share. Default:
    /// `memory`.
    pub store: SessionStore,

    /// After how long a session ends that is not used. Default: 30 minutes.
    #[serde(with = "text::Duration")]
    pub idle: Duration,

    /// How long after the login a session ends in any case. Default: 12 hours.
    #[serde(with = "text::Duration")]
    pub absolute: Duration,

    /// The name of the cookie, behind the `__Host-` that it begins with. Default: `session`.
    pub cookie: String,

    /// Origins whose pages may change something as well, such as `https://admin.example.com`. Default: none.
    pub trust: Vec<String>,

    /// The bytes that the values of a session may have, with their names. Default: 16 KiB.
    #[serde(with = "text::Size")]
    pub values: ByteSize,

    /// How many sessions are kept at most; in Redis, how many of those who have not logged in. Default: 100,000.
    pub sessions: usize,

    /// The memory that they may take in the process. Default: 64 MiB.
    #[serde(with = "text::Size")]
    pub memory: ByteSize,

    /// Gives the cookie over plain HTTP as well, where anybody on the way can take it: to try a service out. Default: false.
    pub over_plain_http: bool,
}

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SessionStore {
    /// In the memory of the process, which forgets them when it ends.
    #[default]
    Memory,
    /// In the Redis of `[auth.redis]`.
    Redis,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            store: SessionStore::default(),
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3600),
            cookie: "session".into(),
            trust: Vec::new(),
            values: ByteSize::kib(16),
            sessions: 100_000,
            memory: ByteSize::mib(64),
            over_plain_http: false,
        }
    }
}

impl Config {
    /// The sessions that it tells of, if it does.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, by its key.
    pub fn sessions(&self, stores: &Stores) -> Result<Option<Sessions>, Error> {
        let Some(config) = &self.session else { return Ok(None) };
        let within = |error: Error| error.within("auth.session");
        let mut builder = Sessions::builder(stores.sessions(config)?)
            .idle(config.idle)
            .absolute(config.absolute)
            .cookie(&*config.cookie)
            .audit(stores.audit().clone())
            .values(usize::try_from(config.values.as_u64()).unwrap_or(usize::MAX));
        for origin in &config.trust {
            builder = builder.trust(origin).map_err(within)?;
        }
        if config.over_plain_http {
            builder = builder.over_plain_http();
        }
        builder.build().map(Some).map_err(within)
    }
}
