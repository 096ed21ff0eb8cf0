//! What dashboards can be told.

use serde::{Deserialize, Serialize};

/// The section `[grafana]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What dashboards begin their titles with. Default: `Service`.
    pub title: String,

    /// What their identifiers begin with, by which they are found again: up to 20 letters, digits and `-`. Default: `tsk`.
    pub uid: String,

    /// The folder that they are in, by its title. Default: as `title`.
    pub folder: Option<String>,

    /// The identifier of the Prometheus that they ask, in Grafana. Default: none; whoever looks chooses.
    pub datasource: Option<String>,

    /// Where traces are, as a link: `https://jaeger.example/search?service=shop`. Default: no link.
    pub traces: Option<String>,

    /// Where logs are, as a link. Default: no link.
    pub logs: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            title: "Service".into(),
            uid: "tsk".into(),
            folder: None,
            datasource: None,
            traces: None,
            logs: None,
        }
    }
}

impl Config {
    /// The title of the folder.
    pub fn folder(&self) -> &str {
        self.folder.as_deref().unwrap_or(&self.title)
    }

    /// How the data source is named in a query: the one that was set, or the one that was chosen.
    pub(super) fn source(&self) -> &str {
        self.datasource.as_deref().unwrap_or("${datasource}")
    }
}
