//! Where accounts are kept.

mod charge;
pub mod memory;

pub use self::charge::{Charge, Verdict};
