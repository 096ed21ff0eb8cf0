//! What budgets show of themselves.

use std::time::Instant;

use serde_json::Value;
use tsk_core::Insight;

use super::Budgets;

/// The [report](Budgets::report), as `slo`.
impl Insight for Budgets {
    fn name(&self) -> &str {
        "slo"
    }

    fn snapshot(&self) -> Value {
        self.glance(usize::MAX, "")
    }

    fn glance(&self, most: usize, search: &str) -> Value {
        serde_json::to_value(self.report(most, search, Instant::now())).unwrap_or_default()
    }
}
