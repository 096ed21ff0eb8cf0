//! Who uses what of an API, how often, how fast, and with which errors: in memory that does not grow.
//!
//! It counts by route, by version of the API and by consumer, which is the principal that authentication found. Each has its
//! rate, its errors, a sketch of its latency and, of routes and versions, an estimate of how many consumers there are, and who they
//! are mostly: so it answers who still calls `v1`.
//!
//! ```
//! use std::time::Instant;
//! use tsk_core::{Endpoint, Policy as _, RouteTable};
//! use tsk_metrics::usage::{Config, Usage};
//!
//! let usage = Usage::new(&Config { enabled: true, ..Config::default() }, Instant::now())?;
//! let mut observer = usage.observer(); // for an `ObserveLayer`
//! observer.bind(&RouteTable::new([Endpoint::new(None, "/users/{id}").of_version("v1")])).unwrap();
//! let report = usage.report(Instant::now());
//! assert_eq!(report.all.requests, 0);
//! # Ok::<(), tsk_metrics::Error>(())
//! ```
//!
//! # What is exact, and what is not
//!
//! Requests and errors of routes and versions are exact. Percentiles are at most 2 % off (DDSketch, Masson et al., VLDB 2019). How
//! many consumers there are is off by 2.3 % on average (HyperLogLog, Flajolet et al., 2007). Who they are mostly is by Space-Saving
//! (Metwally et al., 2005): whoever makes more than one in as many requests as there is room for is there, and each says by how
//! much its number may be too high.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::Error;

mod answer;
mod buffer;
mod ddsketch;
mod glance;
mod group;
mod hyperloglog;
mod insight;
mod ledger;
mod observer;
mod question;
mod report;
mod space_saving;
#[cfg(test)]
mod tests;
mod words;

pub use self::{
    answer::{Answer, InWindow, Row},
    observer::UsageObserver,
    question::{Of, Question, Unclear},
    report::{Consumer, Figures, OfRoute, OfVersion, Report},
};
use self::{buffer::Buffers, ledger::Ledger};

/// The section `[usage]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether it is counted who uses what. Default: false, and then a request costs nothing more.
    pub enabled: bool,

    /// Routes that are counted apart; further ones are counted as one. Each takes 10 KiB from its first request on. Default: 500, at
    /// most 100,000.
    pub routes: usize,

    /// Consumers that are counted apart: those who ask most, of all and of each version. Each takes 5 KiB at most,
    /// and 1.3 KiB for each version that it uses. Default: 200, at most 1,000.
    pub consumers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: false, routes: 500, consumers: 200 }
    }
}

const MAX_ROUTES: usize = 100_000;
const MAX_CONSUMERS: usize = 1_000;

/// Counts who uses what. Clones are one.
#[derive(Debug, Clone)]
pub struct Usage {
    shared: Arc<Shared>,
}

/// What threads count into, and what it is added up in.
#[derive(Debug)]
struct Shared {
    buffers: Buffers,
    ledger: Mutex<Ledger>,
    is_enabled: bool,
}

impl Usage {
    /// It counts from `now` on.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(config: &Config, now: Instant) -> Result<Self, Error> {
        for (key, value, most) in
            [("routes", config.routes, MAX_ROUTES), ("consumers", config.consumers, MAX_CONSUMERS)]
        {
            if value == 0 || value > most {
                return Err(Error::config(format!("`usage.{key}` is {value}; set 1 to {most}")));
            }
        }
        let shared = Shared {
            buffers: Buffers::new(),
            ledger: Mutex::new(Ledger::new(config.routes, config.consumers, now)),
            is_enabled: config.enabled,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What counts the requests of a service, to be [bound](tsk_core::Policy::bind) to its routes. Where one service takes the place
    /// of another, what both have goes on.
    pub fn observer(&self) -> UsageObserver {
        UsageObserver::new(Arc::clone(&self.shared))
    }

    /// What was counted since the start.
    pub fn report(&self, now: Instant) -> Report {
        self.glance(usize::MAX, "", now)
    }

    /// The same of the `most` consumers and routes with the most requests, and of those that have `search` in their name.
    pub(crate) fn glance(&self, most: usize, search: &str, now: Instant) -> Report {
        self.added_up().report(most, search, now)
    }

    /// The answer to a question: at most 100 rows of it.
    ///
    /// # Errors
    ///
    /// A route or a version that there is not, a window or a number of rows that cannot be.
    pub fn answer(&self, question: &Question, now: Instant) -> Result<Answer, Unclear> {
        self.added_up().answer(question, now)
    }

    fn added_up(&self) -> MutexGuard<'_, Ledger> {
        self.shared.buffers.drain(|| self.shared.ledger());
        self.shared.ledger()
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
