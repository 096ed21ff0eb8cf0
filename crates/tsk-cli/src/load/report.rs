//! What came of a load test, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::histogram::{Bar, bars, millis};
use super::plan::{Pace, Plan};
use super::tally::Tally;
use crate::client::{Reason, Target};

/// What came of a load test. Durations are in seconds, rates in requests a second.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    url: String,
    paths: Vec<String>,
    /// What each request waits for: the clock (`"open"`), or the answer before it (`"closed"`).
    pace: &'static str,
    /// Whether latency counts from when a request was due, and not from when it could be sent.
    is_corrected: bool,
    is_interrupted: bool,
    connections: usize,
    duration_seconds: f64,
    warmup_seconds: f64,
    rate_asked: Option<f64>,
    pub(super) rate_achieved: f64,
    pub(super) requests: u64,
    pub(super) answers: u64,
    delayed: u64,
    unsent: u64,
    abandoned: u64,
    bytes: u64,
    statuses: BTreeMap<u16, u64>,
    failures: BTreeMap<Reason, u64>,
    /// Requests without an answer, and answers with a status of 400 or more.
    pub(super) errors: u64,
    pub(super) latency_seconds: Option<Latency>,
    histogram: Vec<Bar>,
}

/// What became of requests that nobody answered.
pub(super) struct Rest {
    /// They were due, and no connection was free.
    pub(super) unsent: u64,
    /// They were under way when it was interrupted.
    pub(super) abandoned: u64,
    pub(super) elapsed: Duration,
    pub(super) is_interrupted: bool,
}

/// How long requests took, in seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latency {
    min: f64,
    mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
}

impl Latency {
    /// `None` where nothing was measured.
    fn of(latencies: &Histogram<u64>) -> Option<Latency> {
        const NANOS: f64 = 1e9;
        let at = |quantile| latencies.value_at_quantile(quantile) as f64 / NANOS;
        (!latencies.is_empty()).then(|| Latency {
            min: latencies.min() as f64 / NANOS,
            mean: latencies.mean() / NANOS,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: latencies.max() as f64 / NANOS,
        })
    }
}

impl Report {
    pub(super) fn new(plan: &Plan, target: &Target, tally: &Tally, rest: &Rest) -> Report {
        let rate_asked = match plan.pace {
            Pace::Open { rate } => Some(rate),
            Pace::Closed => None,
        };
        // Answers that came late took time that counts; where it was interrupted, there was no more of it.
        let until = if rest.is_interrupted { rest.elapsed } else { plan.total().max(tally.last) };
        let counted = until.saturating_sub(plan.warmup);
        let requests = tally.answered() + tally.failed() + rest.unsent;
        Report {
            url: target.to_string(),
            paths: plan.requests.iter().map(|request| request.uri().to_string()).collect(),
            pace: if rate_asked.is_some() { "open" } else { "closed" },
            is_corrected: rate_asked.is_some(),
            is_interrupted: rest.is_interrupted,
            connections: plan.connections,
            duration_seconds: counted.as_secs_f64(),
            warmup_seconds: plan.warmup.as_secs_f64(),
            rate_asked,
            rate_achieved: tally.answered() as f64 / counted.as_secs_f64().max(1e-9),
            requests,
            answers: tally.answered(),
            delayed: tally.delayed,
            unsent: rest.unsent,
            abandoned: rest.abandoned,
            bytes: tally.bytes,
            statuses: tally.statuses.clone(),
            failures: tally.failures.clone(),
            errors: tally.failed() + tally.refused() + rest.unsent,
            latency_seconds: Latency::of(&tally.latencies),
            histogram: bars(&tally.latencies),
        }
    }

    /// The share of requests that were errors.
    pub(super) fn error_share(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.errors as f64 / self.requests as f64 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { connections, answers, delayed, unsent, abandoned, .. } = self;
        writeln!(f, "load        {}", self.what())?;
        write!(f, "requests    {} due: {answers} answered", self.requests)?;
        for (count, what) in [
            (self.failures.values().sum(), "failed"),
            (*unsent, "never sent"),
            (*delayed, "late, as all connections were busy"),
            (*abandoned, "abandoned"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        let over = format_args!("over {connections} connections in {:.1} s", self.duration_seconds);
        writeln!(f)?;
        writeln!(f, "rate        {:.1}/s {}, {over}", self.rate_achieved, self.asked())?;
        let bytes_per_second = self.bytes as f64 / self.duration_seconds.max(1e-9);
        writeln!(f, "bytes       {} of bodies, {:.0}/s", self.bytes, bytes_per_second)?;
        writeln!(f, "statuses    {}", listed(self.statuses.iter()))?;
        writeln!(f, "errors      {} ({:.2} %){}", self.errors, self.error_share() * 100.0, self.failed())?;
        let Some(latency) = &self.latency_seconds else {
            return write!(f, "latency     nothing was measured");
        };
        writeln!(f, "latency     {}", self.measured())?;
        let Latency { min, mean, p50, p90, p99, p999, max } = *latency;
        let names = ["min", "mean", "p50", "p90", "p99", "p99.9", "max"];
        writeln!(f, "            {}", columns(names.map(str::to_owned)))?;
        writeln!(f, "            {}", columns([min, mean, p50, p90, p99, p999, max].map(millis)))?;
        let most = self.histogram.iter().map(|bar| bar.count).max().unwrap_or(1);
        for (index, bar) in self.histogram.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", bar.line(most))?;
        }
        Ok(())
    }
}

impl Report {
    fn what(&self) -> String {
        let more =
            if self.paths.len() > 1 { format!(" and {} more", self.paths.len() - 1) } else { String::new() };
        let ended = if self.is_interrupted { ", interrupted" } else { "" };
        format!("{} of {}{more}{ended}", self.paths.first().map_or("/", String::as_str), self.url)
    }

    fn asked(&self) -> String {
        match self.rate_asked {
            Some(rate) => format!("of {rate}/s asked for"),
            None => "with no rate asked for".to_owned(),
        }
    }

    fn measured(&self) -> &'static str {
        if self.is_corrected {
            "in ms, from when each request was due"
        } else {
            "in ms, from when each request was sent: NOT corrected for requests that waited; give --rate"
        }
    }

    fn failed(&self) -> String {
        if self.failures.is_empty() { String::new() } else { format!(": {}", listed(self.failures.iter())) }
    }
}

/// `200: 990, 503: 10`
fn listed<'a, K: fmt::Display>(counts: impl Iterator<Item = (K, &'a u64)>) -> String {
    let counts: Vec<_> = counts.map(|(key, count)| format!("{key}: {count}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn columns(cells: [String; 7]) -> String {
    cells.map(|cell| format!("{cell:>9}")).concat().trim_start_matches("  ").to_owned()
}
