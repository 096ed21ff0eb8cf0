//! Rate limits by address, caller or key, and staying up under overload.
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
//! - [`config`]: what can be told in `tsk.toml`.

pub mod account;
mod bound;
pub mod bucket;
mod budget;
pub mod config;
pub mod declare;
mod describe;
mod error;
pub mod gate;
mod headers;
pub mod key;
pub mod limiter;
pub mod limits;
pub mod pace;
mod plan;
mod problem;
pub mod quota;
mod routes;
pub mod rule;
pub mod store;

pub use crate::account::{Account, Accounts, Scope};
pub use crate::bucket::Bucket;
pub use crate::config::{Config, RuleConfig};
pub use crate::declare::DeclareLimit;
pub use crate::error::Error;
pub use crate::gate::LimitGate;
pub use crate::key::Key;
pub use crate::limiter::Limiter;
pub use crate::limits::Limits;
pub use crate::pace::Mode;
pub use crate::quota::{Decision, Quota};
pub use crate::rule::{Exempt, Outage, Rule};
pub use crate::store::memory::Memory;
pub use crate::store::{Charge, Store, Verdict};
