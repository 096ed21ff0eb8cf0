//! What a schema shows of itself.

use serde_json::{Value, json};
use tsk_core::Insight;

use crate::{GraphQl, engine::Engine};

/// How many operations are shown.
const MOST: usize = 20;

/// As `graphql`: what is kept, and the operations that have taken most of the time, by their names. What clients have written is not
/// shown.
impl Insight for GraphQl {
    fn name(&self) -> &str {
        "graphql"
    }

    fn snapshot(&self) -> Value {
        let Engine { config, operations, documents, .. } = &**self.engine();
        let mut kept = operations.all();
        kept.sort_by_key(|operation| std::cmp::Reverse(operation.measured.took()));
        let shown: Vec<_> = kept
            .iter()
            .take(MOST)
            .map(|operation| {
                json!({
                    "name": operation.counted_as,
                    "type": operation.type_name(),
                    "measured": operation.measured.snapshot(),
                })
            })
            .collect();
        json!({
            "operations": shown,
            "kept": { "operations": operations.len(), "bytes": operations.bytes(), "most": config.cache.as_u64() },
            "trusted": documents.trusted().map(crate::Trusted::len),
        })
    }
}
