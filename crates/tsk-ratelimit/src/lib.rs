//! Rate limits by address, caller or key, and staying up under overload.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.
//! - [`adaptive`]: staying up when there is more to do than can be done.

pub mod adaptive;
pub mod quota;

pub use crate::quota::{Decision, Quota};
