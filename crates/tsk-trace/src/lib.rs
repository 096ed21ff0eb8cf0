//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

mod environment;
mod plan;
pub mod propagate;
mod queue;
mod record;
mod texts;

pub use crate::propagate::{Baggage, Propagator, Propagators};
