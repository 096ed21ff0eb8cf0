//! Schemas in their own language: as files that are a contract.

mod diff;
mod model;
mod read;
mod scaffold;

pub use diff::{Change, diff};
pub use scaffold::scaffold;

pub(crate) use model::{Field, Model, Type};
