//! Objectives, as `tsk.toml` has them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Burn, Slo};

/// A table `[[slo]]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SloConfig {
    /// What it is called, in alerts and on dashboards. Each has another.
    pub name: String,

    /// The route that it is of, as it is declared: `"/users/{id}"` by any method, or `"GET /users/{id}"`. It takes the place of
    /// what the route declares. Default: all requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,

    /// The percentage of requests that are answered: to their end, with a status below 500. Default: nothing is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<f64>,

    /// The percentage of requests that end within a time, which is a bound of `metrics.duration_buckets`:
    /// `{ "50ms" = 99.0, "1s" = 99.9 }`. Default: nothing is promised.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub latency: BTreeMap<String, f64>,

    /// Which alerts there are: `"fast"`, `"medium"`, `"slow"`, `"steady"`. Default: all of them.
    #[serde(default = "all")]
    pub alerts: BTreeSet<Burn>,

    /// The requests that there must have been in the longer window of an alert. Default: 20.
    #[serde(default = "min_requests")]
    pub min_requests: u32,

    /// The requests that must have gone wrong in it. Default: 5.
    #[serde(default = "min_failed")]
    pub min_failed: u32,
}

fn all() -> BTreeSet<Burn> {
    Burn::ALL.into()
}

fn min_requests() -> u32 {
    super::MIN_REQUESTS
}

fn min_failed() -> u32 {
    super::MIN_FAILED
}

impl SloConfig {
    /// What it promises; or what is wrong, to go after its name.
    pub(super) fn slo(&self) -> Result<Slo, String> {
        let Self { availability, latency, alerts, min_requests, min_failed, .. } = self.clone();
        let mut slo = Slo { availability, latencies: Vec::new(), alerts, min_requests, min_failed };
        for (text, percent) in latency {
            let threshold = humantime::parse_duration(&text)
                .map_err(|_| format!("latency {text:?} is no time; write it as \"50ms\" or \"1s\""))?;
            slo = slo.latency(threshold, percent);
        }
        // By their names "1s" would come before "50ms".
        slo.latencies.sort_unstable_by_key(|(threshold, _)| *threshold);
        Ok(slo)
    }
}
