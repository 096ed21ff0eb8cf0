//! Dashboards for Grafana, made of the catalogue, of the routes and of what they promise.
//!
//! A dashboard is a plain [value](Dashboard) that is written in both forms that Grafana takes: the [classic](Dashboard::classic)
//! one, for files, and the [resource](Dashboard::resource) of version 2, for its API. [`Check`] refuses an expression that names a
//! metric or a label that the service cannot give out.
//!
//! ```
//! use tsk_core::{Endpoint, RouteTable};
//! use tsk_metrics::{Config, grafana::{self, Check, Dashboards}, rules, slo::Slos};
//!
//! let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
//! let counted = Config::default();
//! let dashboards = Dashboards::new(&grafana::Config::default(), &routes, &Slos::default(), &rules::Config::default(), &counted);
//! let check = Check::new(&counted, &rules::Config::default());
//! for dashboard in dashboards.all() {
//!     assert_eq!(check.dashboard(&dashboard.classic()), Vec::<String>::new());
//!     std::fs::write("/dev/null", dashboard.classic().to_string())?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod all;
mod check;
mod classic;
mod config;
mod contents;
mod diff;
mod model;
mod promises;
mod provisioning;
mod push;
mod report;
mod resource;
#[cfg(test)]
mod tests;

pub use self::{
    all::Dashboards,
    check::Check,
    config::Config,
    model::{Dashboard, Panel, Query, Row, Step, Variable, View},
    provisioning::Provisioning,
    push::{Change, Push, PushError, Pushed},
    report::{Report, ReportError, Reporter},
};
