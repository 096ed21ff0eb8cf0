//! Keys that programs show to say who they are.
//!
//! A key is made once and shown once; what is kept of it is a hash. It has an identifier that may be seen, a checksum by which
//! a misspelt one is told from a wrong one and a scanner for secrets finds it, and an environment, so that one for tests does
//! not open what is live.
//!
//! # In reading order
//!
//! - [`Text`]: what a key looks like.
//! - [`Record`]: what is kept of it.
//! - [`Store`], [`FileStore`], and `RedisStore` with the feature `redis`: where that is kept.
//! - [`ApiKeys`]: making, rotating, revoking and verifying them; one scheme of an [`Auth`](crate::Auth).

mod file;
mod keys;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod scheme;
mod store;
mod text;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::{
    file::FileStore,
    keys::{ApiKeys, Refusal},
    record::{Hash, Record},
    store::{Store, Stored},
    text::{Environment, Text},
};
