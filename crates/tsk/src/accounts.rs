//! Where the accounts of limits are.

use std::{sync::Arc, time::Instant};

use tsk_core::{Drain, Insight};
use tsk_ratelimit::Store;
#[cfg(feature = "redis")]
use tsk_ratelimit::store::redis::Redis;

use crate::Error;

/// Where the accounts of limits are, for as long as the process runs.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub(crate) store: Store,
    #[cfg(feature = "redis")]
    redis: Option<Redis>,
}

impl Accounts {
    pub(crate) fn new(config: &tsk_ratelimit::Config) -> Result<Self, Error> {
        let own = || config.store(Instant::now());
        #[cfg(feature = "redis")]
        {
            let redis = config.redis()?;
            Ok(Self { store: redis.as_ref().map_or_else(own, Redis::store), redis })
        }
        #[cfg(not(feature = "redis"))]
        Ok(Self { store: own() })
    }

    /// Connects to where they are, if they are elsewhere, until the drain has finished.
    pub(crate) fn keep(&self, drain: Drain) {
        #[cfg(feature = "redis")]
        if let Some(redis) = self.redis.clone() {
            tokio::spawn(async move { redis.run(drain).await });
        }
        #[cfg(not(feature = "redis"))]
        drop(drain);
    }

    /// What they show of themselves.
    pub(crate) fn insights(&self) -> impl Iterator<Item = Arc<dyn Insight>> {
        #[cfg(feature = "redis")]
        return self.redis.iter().map(|redis| Arc::new(redis.clone()) as _);
        #[cfg(not(feature = "redis"))]
        std::iter::empty()
    }
}
