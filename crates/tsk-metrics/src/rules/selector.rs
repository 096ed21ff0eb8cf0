//! Series, as PromQL selects them.

use std::collections::BTreeMap;

/// Which series of a metric: its name, and conditions on labels such as `job="shop"`.
pub(super) fn select<'a>(metric: &str, conditions: impl IntoIterator<Item = &'a str>) -> String {
    let conditions: Vec<_> = conditions.into_iter().filter(|condition| !condition.is_empty()).collect();
    if conditions.is_empty() { metric.to_owned() } else { format!("{metric}{{{}}}", conditions.join(",")) }
}

/// The condition that a label has a value.
pub(super) fn equal(label: &str, value: &str) -> String {
    format!("{label}={}", quoted(value))
}

/// The condition that all of these labels have their values.
pub(crate) fn all(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(label, value)| equal(label, value)).collect::<Vec<_>>().join(",")
}

/// A text with quotes around it: what JSON escapes, PromQL and YAML read alike.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
