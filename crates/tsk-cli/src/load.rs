//! A load test: so many requests a second, whatever the server does, and how long each took from when it was due.
//!
//! - [`plan`], [`schedule`]: what is asked, and when.
//! - [`run`], [`pacer`], [`worker`]: asking it.
//! - [`tally`], [`report`], [`histogram`]: what came of it.
//! - [`threshold`]: whether that is good enough.
//! - [`progress`]: a bar for whoever waits.

mod histogram;
mod pacer;
mod plan;
mod progress;
mod report;
mod run;
mod schedule;
mod tally;
mod threshold;
mod worker;

pub(crate) use plan::{Pace, Plan};
pub(crate) use report::Report;
pub(crate) use run::run;
pub(crate) use threshold::{Most, Thresholds};
