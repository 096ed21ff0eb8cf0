//! What the metrics show of themselves.

use serde_json::Value;
use tsk_core::Insight;

use crate::Metrics;

/// The [percentiles](Metrics::percentiles), as `http`.
impl Insight for Metrics {
    fn name(&self) -> &str {
        "http"
    }

    fn snapshot(&self) -> Value {
        serde_json::to_value(self.percentiles()).unwrap_or_default()
    }
}
