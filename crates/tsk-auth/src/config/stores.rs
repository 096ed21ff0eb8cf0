//! Where what outlives a configuration is kept.

use std::{path::Path, sync::Arc};

use super::{Config, SessionStore};
#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::{
    Error, api_key,
    audit::Audit,
    session::{self, MemoryStore},
};

/// Where sessions and API keys are, and who is told of what becomes of them, for as long as a process runs: nobody has to log in again because the settings are others.
///
/// Clones are the same.
#[derive(Debug, Clone)]
pub struct Stores {
    sessions: Arc<MemoryStore>,
    #[cfg(feature = "redis")]
    redis: Option<Redis>,
    audit: Audit,
}

impl Stores {
    /// Those that a configuration tells of. Paths are from the directory that the program was started in. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, by its key.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Self::new_in(config, Path::new(""))
    }

    /// The same, with paths from that directory.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn new_in(config: &Config, directory: &Path) -> Result<Self, Error> {
        // What begins later has its place already, which is empty and costs nothing.
        let session = config.session.clone().unwrap_or_default();
        let memory = usize::try_from(session.memory.as_u64()).unwrap_or(usize::MAX);
        let sessions = Arc::new(MemoryStore::new(session.sessions, memory));
        #[cfg(feature = "redis")]
        {
            let redis = config.redis.as_ref().map(|redis| redis.connect(directory)).transpose()?;
            Ok(Self { sessions, redis, audit: Audit::default() })
        }
        #[cfg(not(feature = "redis"))]
        {
            let _ = directory;
            match config.redis {
                Some(_) => Err(without_redis().within("auth.redis")),
                None => Ok(Self { sessions, audit: Audit::default() }),
            }
        }
    }

    /// Has all that is made with these tell auditors. Whoever calls this opens what `auth.audit` names.
    #[must_use]
    pub fn audited(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// Who is told of events.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    pub(super) fn sessions(&self, config: &super::SessionConfig) -> Result<Arc<dyn session::Store>, Error> {
        match config.store {
            SessionStore::Memory => Ok(Arc::clone(&self.sessions) as _),
            #[cfg(feature = "redis")]
            SessionStore::Redis => {
                let redis = self.redis().map_err(|error| error.within("auth.session.store"))?;
                Ok(Arc::new(session::RedisStore::new(redis, config.sessions)))
            }
            #[cfg(not(feature = "redis"))]
            SessionStore::Redis => Err(without_redis().within("auth.session.store")),
        }
    }

    /// The API keys that are in Redis.
    ///
    /// # Errors
    ///
    /// There is none.
    #[cfg(feature = "redis")]
    pub fn api_keys(&self) -> Result<Arc<dyn api_key::Store>, Error> {
        let redis = self.redis().map_err(|error| error.within("auth.api_keys"))?;
        Ok(Arc::new(api_key::RedisStore::new(redis)))
    }

    /// The API keys that are in Redis.
    ///
    /// # Errors
    ///
    /// There is none: this is without the feature `redis`.
    #[cfg(not(feature = "redis"))]
    pub fn api_keys(&self) -> Result<Arc<dyn api_key::Store>, Error> {
        Err(without_redis().within("auth.api_keys"))
    }

    #[cfg(feature = "redis")]
    fn redis(&self) -> Result<Redis, Error> {
        let none = || {
            Error::new("write where Redis is, as `auth.redis.url`; it is looked for when the program starts")
        };
        self.redis.clone().ok_or_else(none)
    }

    /// What is different in another configuration, and cannot change while the process runs, by the keys of `tsk.toml`.
    pub fn fixed(before: &Config, after: &Config) -> Vec<&'static str> {
        let redis = (before.redis != after.redis).then_some("auth.redis");
        let audit = (before.audit != after.audit).then_some("auth.audit");
        let (before, after) =
            (before.session.clone().unwrap_or_default(), after.session.clone().unwrap_or_default());
        let is_here = after.store == SessionStore::Memory;
        let sessions = (is_here && before.sessions != after.sessions).then_some("auth.session.sessions");
        let memory = (is_here && before.memory != after.memory).then_some("auth.session.memory");
        redis.into_iter().chain(audit).chain(sessions).chain(memory).collect()
    }
}

#[cfg(not(feature = "redis"))]
fn without_redis() -> Error {
    Error::new("this program was built without the feature `redis` of tsk-auth")
}
