//! What the metrics show of themselves.

use serde_json::Value;
use tsk_core::Insight;

use crate::Metrics;

/// As `http`: the [percentiles](Metrics::percentiles) of all requests and of each route, the busiest first, how many routes
/// have had a request, and the last five minutes in slices of ten seconds.
impl Insight for Metrics {
    fn name(&self) -> &str {
        "http"
    }

    fn snapshot(&self) -> Value {
        Insight::glance(self, usize::MAX, "")
    }

    fn glance(&self, most: usize, search: &str) -> Value {
        serde_json::to_value(Metrics::glance(self, most, search)).unwrap_or_default()
    }
}
