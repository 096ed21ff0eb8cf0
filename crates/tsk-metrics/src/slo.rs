//! What a service promises of its routes: service level objectives.
//!
//! A route declares them, or the configuration does, and [`rules`](crate::rules) tell somebody when they are about to be
//! broken. An objective is a share of requests over 30 days; what may go wrong meanwhile is its *budget*, and an alert says that
//! it is used up too fast (The Site Reliability Workbook, chapter 5).
//!
//! ```
//! use std::time::Duration;
//! use tsk_metrics::slo::{DeclareSlo as _, Slo};
//!
//! # #[derive(Default)] struct Route { meta: tsk_core::Meta, operation: tsk_core::Operation }
//! # impl tsk_core::Declare for Route {
//! #     fn meta_mut(&mut self) -> &mut tsk_core::Meta { &mut self.meta }
//! #     fn operation_mut(&mut self) -> &mut tsk_core::Operation { &mut self.operation }
//! # }
//! // 99.9 % are answered, and 99 % of these within 50 ms.
//! let route = Route::default().slo(Slo::availability(99.9).latency(Duration::from_millis(50), 99.0));
//! # let _ = route;
//! ```

use std::{collections::BTreeSet, time::Duration};

use tsk_core::Declare;

mod all;
mod budgets;
mod burn;
mod config;
mod insight;
mod objective;
mod standing;
#[cfg(test)]
mod tests;

pub use self::{
    all::Slos,
    budgets::{Budgets, Report, Standing, States},
    burn::Burn,
    config::SloConfig,
    objective::{Indicator, Objective, Subject},
    standing::{Alerted, State},
};
pub(crate) use self::{budgets::Shared, burn::Window, objective::tidy};

/// What is promised of a route, over 30 days. See the [module](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    pub(crate) availability: Option<f64>,
    pub(crate) latencies: Vec<(Duration, f64)>,
    pub(crate) alerts: BTreeSet<Burn>,
    pub(crate) min_requests: u32,
    pub(crate) min_failed: u32,
}

/// Requests in the longer window of an alert, below which nobody is told.
const MIN_REQUESTS: u32 = 20;
/// Of these, requests that went wrong.
const MIN_FAILED: u32 = 5;

impl Slo {
    /// So many percent of requests are answered: to their end, and with a status below 500. One that its client gave up is no
    /// failure.
    pub fn availability(percent: f64) -> Self {
        Self { availability: Some(percent), ..Self::new() }
    }

    /// Nothing is promised yet: for one that begins with [`latency`](Self::latency).
    pub fn new() -> Self {
        Self {
            availability: None,
            latencies: Vec::new(),
            alerts: Burn::ALL.into(),
            min_requests: MIN_REQUESTS,
            min_failed: MIN_FAILED,
        }
    }

    /// So many percent of the requests that do not fail end within a time, which is one of
    /// [`duration_buckets`](crate::Config::duration_buckets). There may be several.
    #[must_use]
    pub fn latency(mut self, threshold: Duration, percent: f64) -> Self {
        self.latencies.push((threshold, percent));
        self
    }

    /// The same in milliseconds.
    #[must_use]
    pub fn latency_ms(self, threshold: u64, percent: f64) -> Self {
        self.latency(Duration::from_millis(threshold), percent)
    }

    /// Which alerts there are. Default: all. With an objective of 93 % or less, the fastest cannot fire, and is left out here or
    /// refused.
    #[must_use]
    pub fn alerts(mut self, alerts: impl IntoIterator<Item = Burn>) -> Self {
        self.alerts = alerts.into_iter().collect();
        self
    }

    /// The requests that there must have been in the longer window of an alert. Default: 20.
    #[must_use]
    pub fn min_requests(mut self, count: u32) -> Self {
        self.min_requests = count;
        self
    }

    /// The requests that must have gone wrong in it, so that one alone wakes nobody at night. Default: 5.
    #[must_use]
    pub fn min_failed(mut self, count: u32) -> Self {
        self.min_failed = count;
        self
    }
}

impl Default for Slo {
    fn default() -> Self {
        Self::new()
    }
}

/// Declares what is promised of a route, or of each in a group.
pub trait DeclareSlo: Declare + Sized {
    /// Sets what is promised, in the place of what a group says.
    #[must_use]
    fn slo(mut self, slo: Slo) -> Self {
        self.meta_mut().insert(slo);
        self
    }
}

impl<T: Declare> DeclareSlo for T {}
