//! What is said of all alerts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The section `[alerts]` of `tsk.toml`: what all alerting rules have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the service is called: the label `service` of what is recorded, and of alerts. Where several services have rules in one
    /// Prometheus, each has another. Default: no label.
    pub service: Option<String>,

    /// The labels by which Prometheus tells what it scrapes of this service from the rest: `{ job = "shop" }`. With them, an alert
    /// tells that nothing is scraped any more. Default: none; it scrapes nothing else.
    pub matchers: BTreeMap<String, String>,

    /// Labels of every alert, for routing: `{ team = "orders" }`. Default: none beside `severity`.
    pub labels: BTreeMap<String, String>,

    /// Where the runbooks are, as the beginning of a URL: a copy of `docs/alerts`. Default: `docs/alerts`.
    pub runbooks: String,

    /// Whether there are alerts beside those of objectives: of metrics, reloads, spans, restarts, files and overload. Default: true.
    pub operations: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            service: None,
            matchers: BTreeMap::new(),
            labels: BTreeMap::new(),
            runbooks: "docs/alerts".into(),
            operations: true,
        }
    }
}

/// Labels that rules set themselves.
const TAKEN: [&str; 7] = ["alertname", "severity", "slo", "objective", "service", "le", "__name__"];

impl Config {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (key, labels) in [("matchers", &self.matchers), ("labels", &self.labels)] {
            for name in labels.keys() {
                let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                if name.is_empty() || name.as_bytes()[0].is_ascii_digit() || !name.bytes().all(is_name) {
                    return Err(Error::config(format!(
                        "`alerts.{key}.{name}`: a label has letters, digits and `_`, and no digit first"
                    )));
                }
                if TAKEN.contains(&name.as_str()) {
                    return Err(Error::config(format!(
                        "`alerts.{key}.{name}`: the rules set this label themselves; choose another"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The labels of what is recorded of an objective.
    pub(crate) fn recorded(&self, slo: &str, objective: &str) -> BTreeMap<String, String> {
        let service = self.service.iter().map(|name| ("service".to_owned(), name.clone()));
        [("slo", slo), ("objective", objective)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .chain(service)
            .collect()
    }

    /// The labels that an alert adds.
    pub(super) fn alert(&self, severity: &str) -> BTreeMap<String, String> {
        let severity = ("severity".to_owned(), severity.to_owned());
        self.labels.clone().into_iter().chain([severity]).collect()
    }

    /// Where the page about an alert is.
    pub(super) fn runbook(&self, page: &str) -> String {
        format!("{}/{page}.md", self.runbooks.trim_end_matches('/'))
    }
}
