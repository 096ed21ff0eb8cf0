//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

pub mod config;
mod dependencies;
mod environment;
mod error;
mod errors;
pub mod export;
mod latency;
mod plan;
pub mod propagate;
mod queue;
mod recent;
mod record;
mod sampling;
mod seen;
mod table;
mod texts;

pub use crate::config::{Config, Parent, Sampling};
pub use crate::error::Error;
pub use crate::propagate::{Baggage, Propagator, Propagators};
pub use crate::{dependencies::Dependencies, errors::Errors, recent::Recent};
