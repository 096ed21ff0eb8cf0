//! Tests of alerts.

use std::collections::BTreeMap;

/// How often rules are looked at in tests, in minutes. Prometheus looks at them more often, and alerts are quicker there; with
/// smaller steps, tests of windows of days would take minutes.
pub(super) const STEP: u32 = 30;

/// A test of an alert: what is scraped, a minute apart, and whether it fires.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) name: String,
    /// Series, and their values as promtool has them.
    pub(super) series: Vec<(String, String)>,
    /// When it is looked at.
    pub(super) minutes: u32,
    pub(super) alert: String,
    /// The alert that fires, if one does.
    pub(super) expected: Option<Expected>,
}

/// An alert that fires.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
}

/// The values of a counter that rises by so much a minute, for so many minutes.
pub(super) fn rising(by: f64, minutes: u32) -> String {
    format!("0+{by:.6}x{minutes}")
}

/// The values of a gauge that stays as it is.
pub(super) fn constant(value: f64, minutes: u32) -> String {
    format!("{value}+0x{minutes}")
}

/// The values of a counter that rises at first, and then stays as it is.
pub(super) fn stopping(by: f64, minutes: u32, after: u32) -> String {
    let end = by * f64::from(minutes);
    format!("0+{by:.6}x{minutes} {end:.6}+0x{after}")
}
