//! What the program counts itself, by the macros of the crate `metrics`.
//!
//! A macro asks for its series by name and labels each time. One that is there is found by a hash that the macro has at
//! hand; only what is new is looked at closely, named as Prometheus wants it, and counted against the limits.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::{Config, Error, budget::Budget, catalogue::Kind};

mod families;
mod keys;
#[cfg(test)]
mod tests;

use families::Families;
pub(crate) use families::{Family, OTHER, OVERFLOW, Series};
use keys::Keys;

/// The recorder of the crate `metrics`.
#[derive(Debug)]
pub(crate) struct Registry {
    counters: Keys,
    gauges: Keys,
    histograms: Keys,
    families: Mutex<Families>,
    /// Of each shard of keys, which are spread evenly.
    max_keys: usize,
    is_installed: AtomicBool,
}

/// Whether the recorder of the process is one of these.
static IS_OURS: AtomicBool = AtomicBool::new(false);

impl Registry {
    pub(crate) fn new(config: &Config, budget: Arc<Budget>) -> Self {
        Self {
            counters: Keys::default(),
            gauges: Keys::default(),
            histograms: Keys::default(),
            families: Mutex::new(Families::new(config.clone(), budget)),
            max_keys: config.max_series / 8 + 16,
            is_installed: AtomicBool::new(false),
        }
    }

    /// Has the macros of the whole program count here.
    pub(crate) fn install(self: &Arc<Self>) -> Result<(), Error> {
        if self.is_installed.load(Relaxed) {
            return Ok(());
        }
        metrics::set_global_recorder(Arc::clone(self)).map_err(|_| Error::installed())?;
        self.is_installed.store(true, Relaxed);
        IS_OURS.store(true, Relaxed);
        Ok(())
    }

    /// Whether the macros may count with somebody else: with nobody of ours, that is.
    pub(crate) fn is_foreign() -> bool {
        !IS_OURS.load(Relaxed)
    }

    /// All that there is, in the order of names.
    pub(crate) fn families(&self) -> Vec<Arc<Family>> {
        self.locked().all()
    }

    /// How many series were refused, by the metric.
    pub(crate) fn refused(&self) -> Vec<(Arc<str>, u64)> {
        self.locked().refused()
    }

    fn series(&self, keys: &Keys, kind: Kind, key: &Key) -> Option<Series> {
        if let Some(series) = keys.get(key) {
            return Some(series);
        }
        let (series, is_kept) = self.locked().register(kind, key)?;
        if is_kept {
            keys.insert(key, &series, self.max_keys);
        }
        Some(series)
    }

    fn locked(&self) -> MutexGuard<'_, Families> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Registry {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.locked().describe(key.as_str(), unit, &description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.locked().describe(key.as_str(), unit, &description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.locked().describe(key.as_str(), unit, &description);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.series(&self.counters, Kind::Counter, key) {
            Some(Series::Number(counter)) => Counter::from_arc(counter),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.series(&self.gauges, Kind::Gauge, key) {
            Some(Series::Number(gauge)) => Gauge::from_arc(gauge),
            _ => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.series(&self.histograms, Kind::Histogram, key) {
            Some(Series::Histogram(histogram)) => Histogram::from_arc(histogram),
            _ => Histogram::noop(),
        }
    }
}
