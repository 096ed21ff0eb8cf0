//! Where accounts are kept.

mod charge;
pub mod memory;
mod place;
#[cfg(feature = "redis")]
pub mod redis;
pub mod remote;

pub(crate) use self::place::Place;
pub use self::{
    charge::{Charge, Verdict},
    place::Store,
    remote::Remote,
};
