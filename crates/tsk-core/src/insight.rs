//! What a component shows of itself.

use std::fmt;

use serde_json::Value;

/// What a component shows of itself: to an operator on the admin listener, and on the console.
///
/// It is asked only when somebody looks, never for a request; what it keeps for that has a bound.
///
/// ```
/// use serde_json::{Value, json};
/// use tsk_core::Insight;
///
/// struct Cache;
///
/// impl Insight for Cache {
///     fn name(&self) -> &str {
///         "cache"
///     }
///
///     fn snapshot(&self) -> Value {
///         json!({ "entries": 12 })
///     }
/// }
/// ```
pub trait Insight: Send + Sync + 'static {
    /// What it is called: unique in a service, in lower case with hyphens, as it is a segment of a path.
    fn name(&self) -> &str;

    /// What there is to show at this moment, without the text of a request that could be secret.
    fn snapshot(&self) -> Value;

    /// The same, for whoever looks again and again, or for something: of a list that grows with the service, the `most` items
    /// that matter most, those first, of those whose text has `search` in it, whatever the case; of all, where it is empty.
    ///
    /// By default it is the [snapshot](Self::snapshot), in which whoever looks searches himself: only a list that can be of
    /// thousands is worth more.
    fn glance(&self, _most: usize, _search: &str) -> Value {
        self.snapshot()
    }
}

impl fmt::Debug for dyn Insight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Insight").field(&self.name()).finish()
    }
}
