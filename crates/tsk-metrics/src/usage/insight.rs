//! What usage shows of itself.

use std::time::Instant;

use serde_json::Value;
use tsk_core::Insight;

use super::Usage;

/// The [report](Usage::report), as `usage`.
impl Insight for Usage {
    fn name(&self) -> &str {
        "usage"
    }

    fn snapshot(&self) -> Value {
        Insight::glance(self, usize::MAX, "")
    }

    fn glance(&self, most: usize, search: &str) -> Value {
        serde_json::to_value(self.glance(most, search, Instant::now())).unwrap_or_default()
    }
}
