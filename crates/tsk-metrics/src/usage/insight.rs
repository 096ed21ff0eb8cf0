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
        serde_json::to_value(self.report(Instant::now())).unwrap_or_default()
    }
}
