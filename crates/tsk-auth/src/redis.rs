//! A Redis in which the instances of a service share what they know.
//!
//! [`session::RedisStore`](crate::session::RedisStore) keeps sessions in it, and [`api_key::RedisStore`](crate::api_key::RedisStore)
//! the hashes of keys. It is one connection for all requests, begun by the first that needs it. **While it cannot be asked, nobody
//! is let in**: those who show a session or a key are answered with 503.

mod link;
mod settings;

use std::{fmt, io, sync::Arc};

use ::redis::{FromRedisValue, ScriptInvocation};

use self::link::Link;
pub use self::settings::Settings;
use crate::Error;

/// A Redis. Clones are the same.
#[derive(Clone)]
pub struct Redis(Arc<Link>);

impl Redis {
    /// That of the settings. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// Settings that cannot be, and a file of authorities that cannot be read.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Link::new(settings).map(|link| Self(Arc::new(link)))
    }

    /// What the names of all keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.0.settings().prefix
    }

    /// The answer to a call of a script. It may be called twice where a connection has ended, and does the same then.
    pub(crate) async fn call<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> io::Result<T> {
        self.0.call(call).await
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis").field(self.0.settings()).finish()
    }
}
