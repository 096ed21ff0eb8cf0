//! What the metrics can be told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Error, catalogue::Family, histogram::MAX_BOUNDS};

mod token;

pub use token::Token;

/// The section `[metrics]` of `tsk.toml`.
///
/// ```
/// let config = tsk_metrics::Config { max_series: 50_000, ..Default::default() };
/// let metrics = tsk_metrics::Metrics::new(&config)?;
/// # Ok::<(), tsk_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether requests are counted, and there is something to scrape. Default: true.
    pub enabled: bool,

    /// What is given out, beside what the program counts itself: `"http"`, `"server"`, `"health"`, `"limits"`, `"process"`,
    /// `"allocator"`, `"runtime"`, `"tracing"`, `"build"`, `"metrics"`. Default: all of them.
    pub families: BTreeSet<Family>,

    /// The bounds of the buckets for durations of requests, in seconds. Default: those of the OpenTelemetry conventions,
    /// from 5 ms to 10 s. At most 64, rising.
    pub duration_buckets: Vec<f64>,

    /// The bounds of the buckets for sizes of bodies, in bytes. Default: powers of four from 256 B to 64 MiB. At most
    /// 64, rising.
    pub size_buckets: Vec<f64>,

    /// The bounds of the buckets for histograms of the program, by their names, or by the beginning of them: `"orders_*"`.
    /// The longest that fits decides. Default: for names that end in `_bytes` as `size_buckets`, for others as
    /// `duration_buckets`.
    pub histograms: BTreeMap<String, Vec<f64>>,

    /// Series of one metric; whatever more there would be is counted in one that is labelled
    /// `otel_metric_overflow="true"`. Default: 2,000.
    pub max_series_per_metric: usize,

    /// Series of all metrics. Default: 10,000.
    pub max_series: usize,

    /// Where the metrics have a listener of their own, such as `"0.0.0.0:9465"`, for who scrapes from another machine; whoever
    /// composes the service listens there. Default: none, as they are on the admin listener.
    pub listen: Option<String>,

    /// What scrapers must show there, as `Authorization: Bearer …` (RFC 6750). At least 16 characters. Default: none.
    pub token: Option<Token>,
}

const MIN_TOKEN: usize = 16;

impl Default for Config {
    fn default() -> Self {
        use Family::{
            Allocator, Build, GraphQl, Health, Http, Limits, Metrics, Process, Rooms, Runtime, Server,
            Tracing,
        };
        let duration_buckets =
            [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
        Self {
            enabled: true,
            families: [
                Http, Server, Health, Limits, GraphQl, Rooms, Process, Allocator, Runtime, Tracing, Build,
                Metrics,
            ]
            .into(),
            duration_buckets: duration_buckets.into(),
            size_buckets: (4..=13).map(|power| f64::from(1_u32 << (2 * power))).collect(),
            histograms: BTreeMap::new(),
            max_series_per_metric: 2_000,
            max_series: 10_000,
            listen: None,
            token: None,
        }
    }
}

impl Config {
    /// Refuses what cannot be.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (key, bounds) in
            [("duration_buckets", &self.duration_buckets), ("size_buckets", &self.size_buckets)]
        {
            check_bounds(&format!("metrics.{key}"), bounds)?;
            if bounds.iter().any(|bound| *bound <= 0.0) {
                return Err(Error::config(format!(
                    "`metrics.{key}` has a bound of 0 or less; nothing is below it"
                )));
            }
        }
        for (name, bounds) in &self.histograms {
            check_bounds(&format!("metrics.histograms.{name}"), bounds)?;
        }
        for (key, limit) in
            [("max_series", self.max_series), ("max_series_per_metric", self.max_series_per_metric)]
        {
            if limit == 0 {
                return Err(Error::config(format!(
                    "`metrics.{key}` is 0, which leaves no room for any; set 1 or more"
                )));
            }
        }
        match &self.token {
            Some(token) if token.len() < MIN_TOKEN => Err(Error::config(format!(
                "`metrics.token` is shorter than {MIN_TOKEN} characters; make a longer one"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether a family is given out.
    pub(crate) fn has(&self, family: Family) -> bool {
        self.enabled && self.families.contains(&family)
    }

    /// The bounds for a histogram of the program.
    pub(crate) fn bounds(&self, name: &str) -> &[f64] {
        let fits = |pattern: &&String| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *pattern,
        };
        let longest = self
            .histograms
            .keys()
            .filter(fits)
            .max_by_key(|pattern| (pattern.len(), !pattern.ends_with('*')));
        match longest {
            Some(pattern) => &self.histograms[pattern],
            None if name.ends_with("_bytes") => &self.size_buckets,
            None => &self.duration_buckets,
        }
    }
}

fn check_bounds(key: &str, bounds: &[f64]) -> Result<(), Error> {
    if bounds.len() > MAX_BOUNDS {
        return Err(Error::config(format!(
            "`{key}` has {} bounds, of at most {MAX_BOUNDS}; leave some out",
            bounds.len()
        )));
    }
    match bounds.iter().zip(bounds.iter().skip(1)).find(|(low, high)| low >= high) {
        Some((low, high)) => Err(Error::config(format!(
            "`{key}` has {high} after {low}; write the bounds from the lowest to the highest"
        ))),
        None if bounds.iter().any(|bound| !bound.is_finite()) => Err(Error::config(format!(
            "`{key}` has a bound that is no number; the last bucket has none, and is not written"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
