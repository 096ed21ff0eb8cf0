//! Limits that nobody reaches, and a thread that cleans up after them, as in the documentation of `tower_governor`.

use std::hash::Hash;
use std::time::Duration;

use axum::http::Request;
use contract::caller::Claims;
use governor::clock::QuantaInstant;
use governor::middleware::NoOpMiddleware;
use tower_governor::GovernorError;
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::{KeyExtractor, PeerIpKeyExtractor};

type Config<K> = GovernorConfig<K, NoOpMiddleware<QuantaInstant>>;

/// So many may come at once that nobody is refused, and one comes back every nanosecond.
const BURST: u32 = 1_000_000_000;

pub fn of_addresses() -> Config<PeerIpKeyExtractor> {
    tended(GovernorConfigBuilder::default().per_nanosecond(1).burst_size(BURST).finish())
}

pub fn of_callers() -> Config<Caller> {
    let mut builder = GovernorConfigBuilder::default().key_extractor(Caller);
    tended(builder.per_nanosecond(1).burst_size(BURST).finish())
}

fn tended<K>(config: Option<Config<K>>) -> Config<K>
where
    K: KeyExtractor<Key: Hash + Send + Sync + 'static> + 'static,
{
    let config = config.expect("neither number is zero");
    let limiter = config.limiter().clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(60));
            limiter.retain_recent();
        }
    });
    config
}

/// Whom the token names.
#[derive(Clone)]
pub struct Caller;

impl KeyExtractor for Caller {
    type Key = String;

    fn extract<T>(&self, request: &Request<T>) -> Result<String, GovernorError> {
        let claims = request.extensions().get::<Claims>().ok_or(GovernorError::UnableToExtractKey)?;
        Ok(claims.sub.clone())
    }
}
