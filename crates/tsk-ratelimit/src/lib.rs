//! Rate limits by address, caller or key, and staying up under overload.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.
//! - [`bucket`]: the arithmetic.
//! - [`account`]: whose debt it is.
//! - [`pace`]: waiting for one's turn.
//! - [`store`]: where accounts are kept; [`store::memory`] within a fixed number of bytes.
//! - [`limiter`]: one rule, without HTTP.
//! - [`adaptive`]: staying up when there is more to do than can be done.

pub mod account;
pub mod adaptive;
pub mod bucket;
mod error;
pub mod limiter;
pub mod pace;
pub mod quota;
pub mod store;

pub use crate::account::{Account, Accounts, Scope};
pub use crate::bucket::Bucket;
pub use crate::error::Error;
pub use crate::limiter::Limiter;
pub use crate::pace::Mode;
pub use crate::quota::{Decision, Quota};
pub use crate::store::memory::Memory;
pub use crate::store::{Charge, Verdict};
