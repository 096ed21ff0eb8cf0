//! Sends spans to a collector, from a thread of its own.
//!
//! That thread has a runtime of its own, so that the application may have any, or none, and a service at its limit still
//! exports. It takes spans out of the [`Queue`], shows them to what keeps some of them for this process's own pages, and
//! sends them if there is a collector. What cannot be sent waits, within bounds; requests never do.

use std::fmt;

mod batch;
mod config;
mod counts;
mod encode;
mod notice;
mod retry;
mod sender;
mod thread;
mod variables;

pub use self::{
    config::{Compression, Config},
    counts::{Counts, ExportInsight},
};
pub(crate) use self::thread::{Exporter, Parts};

#[cfg(doc)]
use crate::queue::Queue;

/// A setting or a variable that cannot be used, beginning with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid(String);

impl Invalid {
    fn setting(key: &str, reason: impl fmt::Display) -> Self {
        Self(format!("`tracing.export.{key}` {reason}"))
    }

    fn variable(name: &str, reason: impl fmt::Display) -> Self {
        Self(format!("`{name}` {reason}"))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

#[cfg(test)]
mod tests;
