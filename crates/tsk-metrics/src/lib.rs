//! Metrics of an HTTP service for Prometheus, and percentiles for who looks without it.
//!
//! [`HttpMetrics`] counts requests by route, method and status, from their head to the end of the answer: what each route
//! needs is found when the service starts, and a request costs a few hundred instructions, and one
//! allocation for all that watch it. [`Scrape`]
//! answers scrapers in the text format of Prometheus or in OpenMetrics with exemplars. What the program counts itself, by
//! the macros of the crate [`metrics`](::metrics), is there too once [`Metrics::install`] was called.
//!
//! ```
//! use std::sync::Arc;
//! use tower_layer::Layer;
//! use tsk_core::{Endpoint, ObserveLayer, Policy, RouteTable};
//! use tsk_metrics::{Config, Metrics, Scrape};
//!
//! let metrics = Metrics::new(&Config::default())?;
//! metrics.install()?;
//!
//! let mut http = metrics.http();
//! http.bind(&RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")])).unwrap();
//! let layer = ObserveLayer::new(Arc::new(http)); // around the service
//! let scrape = Scrape::new(metrics); // the tower service for `/metrics`
//! # let _ = layer.layer(scrape);
//! # Ok::<(), tsk_metrics::Error>(())
//! ```
//!
//! # Features
//!
//! - `process` (default): what the process uses.
//! - `runtime` (default): what the tokio runtime does.
//! - `grafana`: dashboards.
//! - `gzip`: compressed answers to scrapers.
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - [`catalogue`]: every metric there is.
//! - [`Config`], [`Metrics`]: from settings to something that counts.
//! - [`HttpMetrics`]: what is counted of requests. [`Samples`]: what others tell.
//! - [`Format`], [`Scrape`]: what scrapers read.
//! - Percentiles: [`latency`].
//! - [`usage`]: who uses what.
//! - [`slo`]: what is promised of routes. [`rules`]: who is told when it is about to be broken.
//! - `grafana`: dashboards of all that.

mod budget;
pub mod catalogue;
mod collect;
pub mod config;
mod error;
mod exposition;
#[cfg(feature = "grafana")]
pub mod grafana;
mod histogram;
mod history;
mod http;
mod insight;
pub mod latency;
mod metrics;
#[cfg(feature = "process")]
mod process;
#[cfg(feature = "grafana")]
mod promql;
mod registry;
pub mod rules;
#[cfg(feature = "runtime")]
mod runtime;
mod scrape;
mod shard;
pub mod slo;
pub mod usage;

pub use crate::{
    collect::Samples,
    config::Config,
    error::Error,
    exposition::Format,
    http::{Begun, HttpMetrics},
    latency::Report,
    metrics::Metrics,
    scrape::{Answer, Scrape},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// The guide's examples are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/metrics.md")]
struct Guide;
