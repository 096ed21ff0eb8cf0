//! Rate limits by address, caller or key, and staying up under overload.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.
//! - [`baseline`]: what is usual for a key, and how much less it may where it behaves otherwise.

pub mod baseline;
pub mod quota;

pub use crate::quota::{Decision, Quota};
