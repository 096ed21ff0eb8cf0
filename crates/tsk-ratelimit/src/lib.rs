//! Rate limits by address, caller or key, and staying up under overload.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.

pub mod quota;

pub use crate::quota::{Decision, Quota};
