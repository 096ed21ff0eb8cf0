//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

mod bridge;
pub mod config;
mod current;
mod declare;
mod environment;
mod error;
mod exception;
mod handle;
mod ids;
mod layer;
mod observer;
mod plan;
pub mod propagate;
mod queue;
mod record;
mod redact;
mod route;
mod sampling;
mod texts;

pub use crate::{
    config::{Config, Parent, Sampling},
    current::{baggage, current, inject},
    declare::DeclareTrace,
    error::Error,
    handle::Tracing,
    observer::TraceObserver,
    propagate::{Baggage, Propagator, Propagators},
};
