//! How much goes on in a server.

use std::sync::Arc;

use serde_json::Value;
use tsk_core::Insight;

use super::{activity::Activity, sweep::Connections};

/// Tells how much goes on in a [`Server`](crate::Server), before it serves, while it does and after.
///
/// Nothing is counted for it that is not counted anyway: to look costs a step for each connection, and a request
/// costs nothing.
#[derive(Debug, Clone)]
pub struct Monitor(Arc<Connections>);

impl Monitor {
    pub(super) fn new(connections: &Arc<Connections>) -> Self {
        Self(Arc::clone(connections))
    }

    /// What goes on now, and what has happened since the server was made.
    pub fn activity(&self) -> Activity {
        self.0.activity()
    }
}

/// The [activity](Monitor::activity), as `server`.
impl Insight for Monitor {
    fn name(&self) -> &str {
        "server"
    }

    fn snapshot(&self) -> Value {
        serde_json::to_value(self.activity()).unwrap_or_default()
    }
}
