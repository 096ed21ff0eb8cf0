//! Distributed tracing for any tower or hyper service.
//!
//! Whether a request is sampled is decided before there is a span: one that is not costs identifiers, which logs and services
//! that are called are told, and nothing else, unless it fails or is slow. Spans follow the semantic conventions of
//! OpenTelemetry, and go to a collector by OTLP from a thread of their own. What handlers do is made part of a trace by
//! `tracing`, with a [layer](Tracing::layer) for the application's own subscriber.
//!
//! ```
//! use std::sync::Arc;
//! use tower_layer::Layer as _;
//! use tracing_subscriber::layer::SubscriberExt as _;
//! use tsk_core::{ObserveLayer, Policy as _, RouteTable};
//! use tsk_trace::{Config, Sampling, Tracing};
//!
//! let mut config = Config { sampling: Sampling::Ratio(0.01), ..Config::default() };
//! for ignored in config.read_environment(&|name| std::env::var(name).ok()) {
//!     eprintln!("{ignored}");
//! }
//! let tracing = Tracing::new(config)?;
//! let subscriber = tracing_subscriber::registry().with(tracing.layer());
//!
//! // The facade does this with the routes of its router.
//! let mut observer = tracing.observer();
//! observer.bind(&RouteTable::default())?;
//! let layer = ObserveLayer::new(Arc::new(observer));
//! # let _ = (subscriber, layer.layer(()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - [`config`], [`export`]: what can be said of it.
//! - [`propagate`], [`call`]: traces that come from others and go to others.
//! - [`log`]: lines that say to which request they belong.

mod bridge;
pub mod call;
mod clock;
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
mod intake;
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
mod requests;
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
    layer::layer,
    observer::TraceObserver,
    propagate::{Baggage, Propagator, Propagators},
    recent::Recent,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/tracing.md")]
struct Guide;
