//! How long requests take, in percentiles.
//!
//! Buckets of Prometheus are too coarse to tell a percentile of, and Prometheus is not always at hand: these are for
//! `tsk web status` and for whoever looks at a service without it.

mod report;
mod sketch;
#[cfg(test)]
mod tests;
mod windows;

pub use report::{Latencies, Report, RouteLatencies, Span};
pub(crate) use sketch::Sketch;
pub(crate) use windows::{Clock, History, Tallies, Windows};
