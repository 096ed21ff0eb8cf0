//! Checks of what services need.
//!
//! Each is made of its settings, and [added](crate::health::Builder::check) under a name. What they say of what they found
//! has no secrets in it.

mod blocking;
#[cfg(feature = "tls")]
mod certificate;
mod disk;
mod dns;
mod http;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod tcp;

#[cfg(feature = "tls")]
pub use self::certificate::Certificate;
#[cfg(feature = "postgres")]
pub use self::postgres::Postgres;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use self::{
    disk::{Disk, Limits},
    dns::Dns,
    http::Http,
    memory::Memory,
    tcp::Tcp,
};
