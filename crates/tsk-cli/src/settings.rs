//! The settings of the commands themselves, whichever program they are about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sections that the commands add to those of [`Config`](tsk::Config).
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Threads that serve requests. Default: as many as there are processors.
    pub(crate) workers: Option<usize>,
}
