//! Rate limits by address, caller or key, and staying up under overload.
//!
//! # Modules, in reading order
//!
//! - [`quota`]: how much is allowed, and what was decided.
//! - [`key`], [`rule`]: of whom so much is allowed, and what happens to what is beyond it.

pub mod key;
pub mod quota;
pub mod rule;

pub use crate::{
    key::Key,
    quota::{Decision, Quota},
    rule::{Exempt, Mode, Outage, Rule},
};
