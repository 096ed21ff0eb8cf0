//! Callers who have logged in, by a cookie.
//!
//! A session is what a service keeps of a browser between requests: who has logged in with it, and values of the application.
//! The browser has an [`Id`] of it, 256 random bits that say nothing; what is kept is found by a hash of that, so that whoever
//! reads the store cannot enter by what is there.
//!
//! An id is another after each login and each change of what its holder may do: one that somebody has planted, or has seen
//! before, is worth nothing then. A session ends when it is not used for a while, and in any case a while after the login.
//!
//! # In reading order
//!
//! - [`Session`]: the session of a request, as an argument of a handler.
//! - [`Sessions`]: all of them: one scheme of an [`Auth`](crate::Auth), and a state of the router.
//! - [`Store`], [`MemoryStore`], and `RedisStore` with the feature `redis`: where they are kept.
//! - [`CookieLayer`]: writes cookies to answers, where no server of ours does.
//! - [`Record`], [`Key`], [`Id`]: what is kept, where it is found, and by what.

mod builder;
mod cookie;
mod error;
mod extract;
mod id;
mod layer;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod scheme;
mod sessions;
mod store;

pub(crate) use self::cookie::{Cookie, Shown};
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::{
    builder::Builder,
    error::SessionError,
    extract::{Session, Unchecked},
    id::{Id, Key},
    layer::{CookieFuture, CookieLayer, CookieService},
    memory::MemoryStore,
    record::{Login, Record},
    sessions::Sessions,
    store::Store,
};
pub use crate::stored::Stored;
