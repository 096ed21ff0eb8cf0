//! Rate limits by address, caller or key, and staying up under overload.
//!
//! A [`Rule`] says how much, of whom. [`Limits`] makes two gates of rules, for any tower service: one before authentication,
//! and one after it. A [`Limiter`] is a rule without HTTP:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Instant;
//! use tsk_ratelimit::{Accounts, Bucket, Limiter, Memory, Quota};
//!
//! let now = Instant::now();
//! let memory = Arc::new(Memory::new(1 << 20, now));
//! let limiter = Limiter::new(memory, Accounts::new().of_rule("mails"), Bucket::new(Quota::per_hour(2))?);
//! assert!(limiter.check("ada@example.com", 1, now).is_allowed());
//! # Ok::<(), tsk_ratelimit::Error>(())
//! ```
//!
//! # Features
//!
//! - `schema`: the JSON Schema of the settings, for editors.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.
//! - [`bucket`]: the arithmetic.
//! - [`account`]: whose debt it is.
//! - [`pace`]: waiting for one's turn.
//! - [`store`]: where accounts are kept; [`store::memory`] within a fixed number of bytes, `store::redis` where servers share
//!   them.
//! - [`limiter`]: one rule, without HTTP.
//! - [`key`], [`rule`], [`declare`]: of whom so much is allowed, what happens to what is beyond it, and which routes have it.
//! - [`limits`], [`gate`]: the limits of a service, and what applies them to requests.
//! - [`peer`]: whom a request comes from, in a service that is not served by us.
//! - [`config`]: what can be told in `tsk.toml`.
//! - [`adaptive`]: staying up when there is more to do than can be done.
//! - [`baseline`]: what is usual for a key, and how much less it may where it behaves otherwise.
//! - [`tally`], [`top`]: what was decided, and who was refused most.
//! - [`explain`]: why somebody is refused, or would be.

pub mod account;
pub mod adaptive;
pub mod baseline;
mod bound;
pub mod bucket;
mod budget;
pub mod config;
pub mod declare;
mod describe;
mod error;
pub mod explain;
pub mod gate;
mod headers;
mod insight;
pub mod key;
pub mod limiter;
pub mod limits;
pub mod pace;
pub mod peer;
mod plan;
mod problem;
pub mod quota;
mod records;
mod routes;
pub mod rule;
pub mod store;
pub mod tally;
pub mod top;

pub use crate::account::{Account, Accounts, Scope};
pub use crate::bucket::Bucket;
pub use crate::config::{Config, RuleConfig};
pub use crate::declare::DeclareLimit;
pub use crate::error::Error;
pub use crate::gate::LimitGate;
pub use crate::headers::Headers;
pub use crate::key::Key;
pub use crate::limiter::Limiter;
pub use crate::limits::Limits;
pub use crate::pace::Mode;
pub use crate::peer::PeerLayer;
pub use crate::quota::{Decision, Quota};
pub use crate::rule::{Exempt, Outage, Rule};
pub use crate::store::memory::Memory;
pub use crate::store::{Charge, Store, Verdict};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
