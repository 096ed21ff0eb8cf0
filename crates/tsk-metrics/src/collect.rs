//! Numbers that others have, and tell when somebody looks.

use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Config,
    catalogue::{Kind, Metric},
    exposition::{Page, label},
};

type Collector = Arc<dyn Fn(&mut Samples) + Send + Sync>;

/// Those who tell, by their names.
#[derive(Default)]
pub(crate) struct Collectors(Mutex<BTreeMap<&'static str, Collector>>);

impl Collectors {
    /// Has somebody tell, in the place of whoever had the name before.
    pub(crate) fn set(&self, name: &'static str, collector: Collector) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, collector);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Asks all of them.
    pub(crate) fn collect(&self, config: &Config) -> Samples {
        let collectors: Vec<_> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect();
        let mut samples = Samples { limit: config.max_series_per_metric, metrics: BTreeMap::new() };
        for (name, collector) in collectors {
            // What it has told before is told.
            if catch_unwind(AssertUnwindSafe(|| collector(&mut samples))).is_err() {
                tracing::error!(name, "what tells numbers to the metrics has panicked");
            }
        }
        samples.metrics.retain(|_, (metric, _)| config.has(metric.family));
        samples
    }
}

impl fmt::Debug for Collectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collectors")
    }
}

/// What those who are asked tell: see [`Metrics::collect`](crate::Metrics::collect).
#[derive(Debug)]
pub struct Samples {
    limit: usize,
    metrics: BTreeMap<&'static str, (&'static Metric, BTreeMap<String, f64>)>,
}

impl Samples {
    /// Tells the value of a metric of the [catalogue](crate::catalogue), with the values of its labels in their order.
    ///
    /// Told twice of the same labels, the values of a counter are added up, and of a gauge the last counts. What is beyond
    /// [`max_series_per_metric`](Config::max_series_per_metric) is left out, and so is a histogram.
    pub fn set(&mut self, metric: &'static Metric, labels: &[&str], value: f64) {
        debug_assert_eq!(metric.labels.len(), labels.len(), "{} has other labels", metric.name);
        debug_assert!(metric.kind != Kind::Histogram, "{} is a histogram", metric.name);
        if metric.kind == Kind::Histogram {
            return;
        }
        let mut written = String::new();
        metric.labels.iter().zip(labels).for_each(|(name, value)| label::write(&mut written, name, value));
        let (_, samples) = self.metrics.entry(metric.name).or_insert((metric, BTreeMap::new()));
        if let Some(told) = samples.get_mut(&written) {
            *told = if metric.kind == Kind::Counter { *told + value } else { value };
        } else if samples.len() < self.limit {
            samples.insert(written, value);
        }
    }

    pub(crate) fn write(&self, page: &mut Page) {
        for (metric, samples) in self.metrics.values() {
            page.metric(metric);
            samples.iter().for_each(|(labels, value)| page.sample(metric.name, labels, *value));
        }
    }
}
