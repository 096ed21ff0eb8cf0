#![allow(clippy::unwrap_used)]

use super::*;
use crate::Metrics;

fn refused(text: &str) -> Error {
    let config: Config = toml::from_str(text).unwrap();
    Metrics::new(&config).unwrap_err()
}

#[test]
fn what_is_not_said_is_as_documented() {
    let config: Config = toml::from_str("").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.size_buckets.first().zip(config.size_buckets.last()), Some((&256.0, &67_108_864.0)));
    config.check().unwrap();
}

#[test]
fn a_key_that_is_none_is_refused() {
    assert!(toml::from_str::<Config>("bucket = [1.0]").is_err());
    assert!(toml::from_str::<Config>("families = [\"htp\"]").is_err());
}

#[test]
fn what_cannot_be_is_refused_by_its_key() {
    for (text, key) in [
        ("duration_buckets = [0.1, 0.1]", "metrics.duration_buckets"),
        ("duration_buckets = [-1.0, 0.1]", "metrics.duration_buckets"),
        ("size_buckets = [2.0, 1.0]", "metrics.size_buckets"),
        ("histograms.\"orders_*\" = [inf]", "metrics.histograms.orders_*"),
        ("max_series = 0", "metrics.max_series"),
        ("max_series_per_metric = 0", "metrics.max_series_per_metric"),
        ("token = \"short\"", "metrics.token"),
    ] {
        let error = refused(text);
        assert_eq!(error.key(), Some(key), "{error}");
        assert!(error.is_config());
    }
    let many: Vec<_> = (1..=65).map(f64::from).collect();
    assert_eq!(refused(&format!("size_buckets = {many:?}")).key(), Some("metrics.size_buckets"));
}

#[test]
fn nobody_is_shown_the_token() {
    let config = Config { token: Some("correct horse battery".to_owned().into()), ..Config::default() };
    assert!(!format!("{config:?}").contains("horse"));
}

#[test]
fn the_longest_name_decides_on_buckets() {
    let config: Config = toml::from_str(
        "[histograms]\n\"orders_*\" = [1.0]\n\"orders_value_*\" = [2.0]\norders_value_eur = [3.0]\n",
    )
    .unwrap();
    assert_eq!(config.bounds("orders_items"), [1.0]);
    assert_eq!(config.bounds("orders_value_usd"), [2.0]);
    assert_eq!(config.bounds("orders_value_eur"), [3.0]);
    assert_eq!(config.bounds("upload_bytes"), config.size_buckets);
    assert_eq!(config.bounds("query_seconds"), config.duration_buckets);
}
