//! The metrics of a program, as they are written out.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use metrics::{Key, Unit, atomics::AtomicU64};

use crate::{
    Config,
    budget::Budget,
    catalogue::{self, Kind},
    exposition::label,
    histogram::{Bounds, Histogram, Measure},
};

/// How long the labels of a series may be, written out.
const MAX_LABELS: usize = 4 * 1024;

/// The labels of the series that has what further ones would have (OpenTelemetry, metrics SDK, cardinality limits).
pub(crate) const OVERFLOW: &str = "otel_metric_overflow=\"true\"";

/// What it is called where there is no room for its name.
pub(crate) const OTHER: &str = "_OTHER";

/// A series.
#[derive(Debug, Clone)]
pub(crate) enum Series {
    /// A counter, or the bits of a gauge.
    Number(Arc<AtomicU64>),
    Histogram(Arc<Histogram>),
}

/// A metric with its series.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<&'static str>,
    pub(crate) help: Arc<str>,
    pub(crate) series: Vec<(Arc<str>, Series)>,
}

#[derive(Debug)]
struct Members {
    kind: Kind,
    bounds: Option<Arc<Bounds>>,
    series: BTreeMap<Arc<str>, Series>,
    refused: u64,
    /// As it was given out last. Pages are written often and series come rarely, and a look at 10,000 of them takes milliseconds.
    given: Option<Arc<Family>>,
}

#[derive(Debug)]
pub(super) struct Families {
    config: Config,
    budget: Arc<Budget>,
    families: BTreeMap<Arc<str>, Members>,
    descriptions: BTreeMap<String, (Option<&'static str>, Arc<str>)>,
    /// Names of samples that nobody else may have.
    names: HashSet<String>,
    /// Of metrics that are not among the families.
    refused: u64,
}

impl Families {
    pub(super) fn new(config: Config, budget: Arc<Budget>) -> Self {
        let taken = catalogue::ALL.iter().filter(|metric| !metric.family.comes_by_macros());
        let names = taken.flat_map(|metric| sample_names(metric.name, metric.kind)).collect();
        let (families, descriptions) = (BTreeMap::new(), BTreeMap::new());
        Self { config, budget, families, descriptions, names, refused: 0 }
    }

    pub(super) fn describe(&mut self, name: &str, unit: Option<Unit>, help: &str) {
        if self.descriptions.len() < self.config.max_series {
            let name = label::metric_name(name);
            if let Some(family) = self.families.get_mut(&*name) {
                family.given = None;
            }
            let unit = unit.filter(|unit| *unit != Unit::Count).map(|unit| unit.as_str());
            self.descriptions.insert(name, (unit, help.into()));
        }
    }

    /// The series of a key, and whether it is its own; `None` where it can have none, not even one with others.
    pub(super) fn register(&mut self, kind: Kind, key: &Key) -> Option<(Series, bool)> {
        let name = label::metric_name(key.name());
        if self.is_left_out(&name) {
            return None;
        }
        if !self.families.contains_key(&*name) && !self.admit(&name, kind) {
            self.refused += 1;
            return None;
        }
        let labels = labels(key, kind);
        let limit = self.config.max_series_per_metric;
        let family = self.families.get_mut(&*name)?;
        if family.kind != kind {
            family.refuse(&name, "it is of another type already");
            return None;
        }
        if let Some(series) = family.series.get(&*labels) {
            return Some((series.clone(), true));
        }
        let has_room = labels.len() <= MAX_LABELS && family.series.len() < limit && self.budget.take(1);
        if !has_room {
            family.refuse(&name, "it has as many series as may be, or its labels are too long");
            // The last of many values is no value of all of them.
            if kind == Kind::Gauge {
                return None;
            }
        }
        let labels = if has_room { labels.into() } else { Arc::from(OVERFLOW) };
        let bounds = family.bounds.clone();
        let given = &mut family.given;
        let series = family.series.entry(labels).or_insert_with(|| {
            *given = None;
            match bounds {
                Some(bounds) => Series::Histogram(Arc::new(Histogram::new(bounds))),
                None => Series::Number(Arc::default()),
            }
        });
        Some((series.clone(), has_room))
    }

    /// Whether it is catalogued, and of a family that is not to be given out.
    fn is_left_out(&self, name: &str) -> bool {
        let known = catalogue::ALL.iter().find(|metric| metric.name == name);
        known.is_some_and(|metric| metric.family.comes_by_macros() && !self.config.has(metric.family))
    }

    /// Makes a family, if there is room, and nobody else has its name.
    fn admit(&mut self, name: &str, kind: Kind) -> bool {
        let samples = sample_names(name, kind);
        let is_taken = samples.iter().any(|sample| self.names.contains(sample));
        if is_taken || self.families.len() >= self.config.max_series {
            if self.refused == 0 {
                tracing::warn!(
                    metric = name,
                    "a metric is not counted: its name is taken, or there are too many"
                );
            }
            return false;
        }
        self.names.extend(samples);
        let bounds =
            (kind == Kind::Histogram).then(|| Arc::new(Bounds::new(Measure::Real, self.config.bounds(name))));
        let members = Members { kind, bounds, series: BTreeMap::new(), refused: 0, given: None };
        self.families.insert(name.into(), members);
        true
    }

    pub(super) fn all(&mut self) -> Vec<Arc<Family>> {
        let descriptions = &self.descriptions;
        let families = self.families.iter_mut().map(|(name, members)| {
            let Members { kind, series, given, .. } = members;
            let family = given.get_or_insert_with(|| {
                let (unit, help) = descriptions.get(&**name).cloned().unwrap_or_default();
                let series = series.iter().map(|(labels, series)| (Arc::clone(labels), series.clone()));
                Arc::new(Family { name: Arc::clone(name), kind: *kind, unit, help, series: series.collect() })
            });
            Arc::clone(family)
        });
        families.collect()
    }

    pub(super) fn refused(&self) -> Vec<(Arc<str>, u64)> {
        let families = self.families.iter().map(|(name, family)| (Arc::clone(name), family.refused));
        let all = families.chain([(Arc::from(OTHER), self.refused)]);
        all.filter(|(_, refused)| *refused > 0).collect()
    }
}

impl Members {
    fn refuse(&mut self, name: &str, why: &str) {
        if self.refused == 0 {
            tracing::warn!(metric = name, "a series is not counted by itself: {why}");
        }
        self.refused += 1;
    }
}

impl Series {
    /// The number of a counter or, by its bits, of a gauge.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number.load(Relaxed)),
            Self::Histogram(_) => None,
        }
    }
}

/// What samples of a metric are called, and what OpenMetrics calls the metric itself.
fn sample_names(name: &str, kind: Kind) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    match kind {
        Kind::Histogram => {
            names.extend(["_bucket", "_count", "_sum"].map(|suffix| format!("{name}{suffix}")))
        }
        Kind::Counter => names.extend(name.strip_suffix("_total").map(str::to_owned)),
        Kind::Info => names.extend(name.strip_suffix("_info").map(str::to_owned)),
        Kind::Gauge => {}
    }
    names
}

/// The labels of a key, in the order of their names, each once: the last that has a name has it.
fn labels(key: &Key, kind: Kind) -> String {
    let mut sorted = BTreeMap::new();
    for entry in key.labels() {
        let mut name = label::label_name(entry.key());
        if kind == Kind::Histogram && name == "le" {
            name.insert_str(0, "exported_");
        }
        sorted.insert(name, entry.value());
    }
    let mut labels = String::new();
    sorted.iter().for_each(|(name, value)| label::write(&mut labels, name, value));
    labels
}
