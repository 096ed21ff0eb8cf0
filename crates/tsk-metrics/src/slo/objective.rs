//! An objective that was checked.

use std::{collections::BTreeSet, fmt, time::Duration};

use http::Method;
use serde::{Serialize, Serializer};

use super::{Burn, Slo};
use crate::{Config, catalogue::Family, exposition::number::canonical};

/// Something that is promised of requests, which alerts can be made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Objective {
    /// The name of the objectives that it is one of: the route as `GET /users/{id}`, or what the configuration calls it.
    pub slo: String,
    /// Of which requests it is.
    pub subject: Subject,
    /// What is promised of them.
    pub indicator: Indicator,
    /// Of how many of them, in percent.
    pub percent: f64,
    /// The alerts that there are.
    pub alerts: BTreeSet<Burn>,
    /// The requests that there must have been in the longer window.
    pub min_requests: u32,
    /// The requests that must have gone wrong in it.
    pub min_failed: u32,
}

/// Which requests an objective is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All of a service, those that no route matches too.
    Service,
    /// Those of a route.
    Route {
        /// Its method; `None` for any.
        method: Option<Method>,
        /// Its template, such as `/users/{id}`.
        template: String,
    },
}

impl Subject {
    /// A route as it is written: `/users/{id}`, or `GET /users/{id}`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (method, template) = match text.split_once(' ') {
            Some((method, template)) => (Some(method), template),
            None => (None, text),
        };
        let method = method.filter(|method| *method != "*").map(|method| method.parse()).transpose().ok()?;
        template.starts_with('/').then(|| Self::Route { method, template: template.to_owned() })
    }

    /// Whether it has all requests of another, or some of them.
    pub(super) fn takes_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Route { method: None, template }, Self::Route { template: theirs, .. }) => {
                template == theirs
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("all requests"),
            Self::Route { method: Some(method), template } => write!(f, "{method} {template}"),
            Self::Route { method: None, template } => f.write_str(template),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is promised of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Indicator {
    /// It is answered.
    Availability,
    /// It does not take longer than this, unless it fails.
    Latency(Duration),
}

/// As the label `objective` has it: `availability`, `latency-50ms`.
impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Availability => f.write_str("availability"),
            Self::Latency(threshold) => write!(f, "latency-{}", brief(*threshold)),
        }
    }
}

impl Serialize for Indicator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `50ms`, `2.5s`.
fn brief(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{}ms", tidy(seconds * 1e3)),
        seconds => format!("{seconds}s"),
    }
}

/// A number without what the arithmetic of halves leaves of it.
pub(crate) fn tidy(number: f64) -> f64 {
    format!("{number:.10}").parse().unwrap_or(number)
}

impl Objective {
    /// The objectives of an [`Slo`], if alerts can be made of them by what `config` has counted; or what is wrong, to go after
    /// its name.
    pub(super) fn all(
        slo: &str,
        subject: &Subject,
        said: &Slo,
        config: &Config,
    ) -> Result<Vec<Self>, String> {
        if !config.has(Family::Http) {
            return Err(
                "its alerts cannot fire, as requests are not counted: set `metrics.enabled` to true, and \
                        have \"http\" in `metrics.families`"
                    .into(),
            );
        }
        if said.alerts.is_empty() {
            return Err("it has no alerts; name some, or leave it out".into());
        }
        let latencies = said.latencies.iter();
        let latencies = latencies.map(|(threshold, percent)| (Indicator::Latency(*threshold), *percent));
        let availability = said.availability.map(|percent| (Indicator::Availability, percent));
        let mut all: Vec<Self> = Vec::new();
        for (indicator, percent) in availability.into_iter().chain(latencies) {
            let objective = Self {
                slo: slo.to_owned(),
                subject: subject.clone(),
                indicator,
                percent,
                alerts: said.alerts.clone(),
                min_requests: said.min_requests,
                min_failed: said.min_failed,
            };
            objective.check(config)?;
            if all.iter().any(|other| other.indicator == indicator) {
                return Err(format!("it says {indicator} twice; leave one out"));
            }
            all.push(objective);
        }
        if all.is_empty() {
            return Err("it promises nothing; say an availability, or a latency".into());
        }
        Ok(all)
    }

    fn check(&self, config: &Config) -> Result<(), String> {
        let Self { indicator, percent, .. } = self;
        // Not a number is refused too.
        if !(*percent > 0.0 && *percent < 100.0) {
            return Err(format!(
                "{indicator} of {percent} % cannot be: it is above 0, and below 100, as something goes wrong in the end"
            ));
        }
        if self.budget() < 1e-9 {
            return Err(format!("{indicator} of {percent} % has a budget too small to be counted"));
        }
        if let Indicator::Latency(threshold) = indicator {
            let seconds = threshold.as_secs_f64();
            let bounds = &config.duration_buckets;
            if !bounds.iter().any(|bound| Duration::try_from_secs_f64(*bound) == Ok(*threshold)) {
                let above = bounds.iter().find(|bound| **bound > seconds);
                let below = bounds.iter().rev().find(|bound| **bound < seconds);
                let near: Vec<_> = below.into_iter().chain(above).map(f64::to_string).collect();
                return Err(format!(
                    "{indicator} cannot be told, as {seconds} is no bound of `metrics.duration_buckets`: add it there, or \
                     say {}",
                    near.join(" or ")
                ));
            }
        }
        for burn in &self.alerts {
            let threshold = burn.factor() * self.budget();
            if threshold >= 1.0 {
                let least = (1.0 - 1.0 / burn.factor()) * 100.0;
                return Err(format!(
                    "the alert \"{burn}\" cannot fire: {} times the budget of {indicator} of {percent} % is all requests or \
                     more; say more than {least:.1} %, or leave it out of `alerts`",
                    burn.factor()
                ));
            }
        }
        Ok(())
    }

    /// The share of requests that may go wrong.
    pub fn budget(&self) -> f64 {
        tidy((100.0 - self.percent) / 100.0)
    }

    /// How the bound of the bucket is written, of a latency.
    pub(crate) fn bound(&self) -> Option<String> {
        match self.indicator {
            Indicator::Latency(threshold) => Some(canonical(threshold.as_secs_f64())),
            Indicator::Availability => None,
        }
    }
}
