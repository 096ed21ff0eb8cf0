//! The settings of the commands themselves, whichever program they are about.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::log;

/// The sections that the commands add to those of [`Config`](tsk::Config).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The process of a server.
    pub(crate) process: Process,

    /// Dashboards of the service.
    pub(crate) grafana: tsk::metrics::grafana::Config,

    /// What a server says of itself.
    pub(crate) log: log::config::Config,
}

/// Section `[process]`: the process of a server.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Process {
    /// Threads that serve requests. Default: as many as there are processors.
    pub(crate) workers: Option<NonZeroUsize>,
}

impl Settings {
    /// Those that are different from what a server was started with, and cannot change while it runs.
    pub(crate) fn fixed(&self, start: &Settings) -> Vec<&'static str> {
        let workers = (self.process.workers != start.process.workers).then_some("process.workers");
        let log = (self.log != start.log).then_some("log");
        workers.into_iter().chain(log).collect()
    }
}
