//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

pub mod config;
mod environment;
mod error;
mod plan;
pub mod propagate;
mod queue;
mod record;
mod sampling;
mod texts;

pub use crate::config::{Config, Parent, Sampling};
pub use crate::error::Error;
pub use crate::propagate::{Baggage, Propagator, Propagators};
