//! What macros count, beside what the exporter of the `metrics` project makes of it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use proptest::prelude::*;
use tsk_metrics::{Config, Format, Metrics, catalogue::Family};

#[derive(Debug, Clone)]
enum Act {
    Count(u8, u8, u64),
    Absolute(u8, u64),
    Set(u8, f64),
    Change(u8, f64),
    Record(u8, u8, f64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let value = || (-1000..100_000_i32).prop_map(|value| f64::from(value) / 64.0);
    let act = prop_oneof![
        (0..3_u8, 0..4_u8, 0..1000_u64).prop_map(|(name, label, count)| Act::Count(name, label, count)),
        (0..3_u8, 0..1000_u64).prop_map(|(name, count)| Act::Absolute(name, count)),
        (0..3_u8, value()).prop_map(|(name, value)| Act::Set(name, value)),
        (0..3_u8, value()).prop_map(|(name, value)| Act::Change(name, value)),
        (0..3_u8, 0..4_u8, value()).prop_map(|(name, label, value)| Act::Record(name, label, value)),
    ];
    prop::collection::vec(act, 0..50)
}

/// Label values that want escaping. What the exporter does to a backslash before a quote or another backslash is not
/// reversible, and left out here.
const LABELS: [&str; 4] = ["plain", "with \"quotes\"", "two\nlines", "grüße"];

fn act(acts: &[Act]) {
    for act in acts {
        match *act {
            Act::Count(name, label, count) => {
                counter!(format!("count.{name}"), "a-label" => LABELS[label as usize]).increment(count);
            }
            Act::Absolute(name, count) => counter!(format!("absolute_{name}_total")).absolute(count),
            Act::Set(name, value) => gauge!(format!("gauge_{name}")).set(value),
            Act::Change(name, value) => gauge!(format!("gauge_{name}")).increment(value),
            Act::Record(name, label, value) => {
                histogram!(format!("histogram_{name}"), "label" => LABELS[label as usize]).record(value);
            }
        }
    }
}

/// Samples by name and labels, with bounds as numbers: one writes `1`, the other `1.0`.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    for line in page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let series = match series.split_once("le=\"") {
            Some((before, bound)) => {
                let bound: f64 = bound.trim_end_matches("\"}").parse().unwrap();
                format!("{before}le={bound}")
            }
            None => series.to_owned(),
        };
        samples.insert(series, value.parse().unwrap());
    }
    samples
}

proptest! {
    #[test]
    fn what_macros_count_is_the_same_as_with_the_exporter(acts in acts()) {
        let bounds = [-5.0, 0.5, 1.0, 100.0, 1000.0];
        let theirs = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Prefix("histogram".into()), &bounds)
            .unwrap()
            .build_recorder();
        with_local_recorder(&theirs, || act(&acts));

        let config = Config {
            families: [Family::Http].into(),
            histograms: [("histogram_*".to_owned(), bounds.to_vec())].into(),
            ..Config::default()
        };
        let metrics = Metrics::new(&config).unwrap();
        with_local_recorder(metrics.recorder(), || act(&acts));
        let page = metrics.render(Format::Text);
        let mut ours = samples(std::str::from_utf8(&page).unwrap());
        ours.retain(|name, _| !name.starts_with("http_"));
        prop_assert_eq!(ours, samples(&theirs.handle().render()));
    }
}
