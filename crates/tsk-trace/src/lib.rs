//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

mod bridge;
pub mod call;
pub mod config;
mod current;
mod declare;
mod dependencies;
mod environment;
mod error;
mod errors;
mod exception;
pub mod export;
mod handle;
mod ids;
mod latency;
mod layer;
pub mod log;
mod observer;
mod plan;
pub mod propagate;
mod queue;
mod recent;
mod record;
mod redact;
mod route;
#[cfg(test)]
mod sample;
mod sampling;
mod seen;
mod table;
mod texts;

pub use crate::{
    config::{Config, Parent, Sampling},
    current::{baggage, current, inject},
    declare::DeclareTrace,
    dependencies::Dependencies,
    error::Error,
    errors::Errors,
    handle::Tracing,
    observer::TraceObserver,
    propagate::{Baggage, Propagator, Propagators},
    recent::Recent,
};
