//! Sends spans to a collector, from a thread of its own, which the first span starts.
//!
//! That thread has a runtime of its own, so that the application may have any, or none, and a service at its limit still
//! exports. It takes spans out of the queue, shows them to what keeps some of them for this process's own pages, and
//! sends them if there is a collector. What cannot be sent waits, within bounds; requests never do.

use std::fmt;

use crate::Error;

mod batch;
mod collector;
mod config;
mod counts;
pub(crate) mod encode;
mod environment;
mod notice;
mod retry;
mod sender;
mod starter;
mod thread;

pub use self::{
    config::{Compression, Config},
    counts::Counts,
};
pub(crate) use self::{
    counts::ExportInsight,
    starter::Starter,
    thread::{Exporter, Parts},
};

#[cfg(doc)]
use crate::queue::Queue;

/// A setting that cannot be.
fn setting(key: &str, reason: impl fmt::Display) -> Error {
    Error::setting(&format!("export.{key}"), reason)
}

#[cfg(test)]
mod tests;
