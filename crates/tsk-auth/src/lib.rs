//! Who is calling, and what it may do.
pub mod access;
mod error;
pub use crate::error::Error;
