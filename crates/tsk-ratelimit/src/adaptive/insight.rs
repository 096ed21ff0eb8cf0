//! What the limit shows of itself.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tsk_core::Insight;

use super::{
    Priority,
    counters::{Counters, Refused},
    gate::Shared,
};

/// What the limit shows of itself, as `overload`: the limit and why it is that, how many requests there are, who was refused,
/// and how long each route takes in the long run.
#[derive(Debug, Clone)]
pub struct AdaptiveInsight {
    shared: Arc<Shared>,
}

impl AdaptiveInsight {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Insight for AdaptiveInsight {
    fn name(&self) -> &str {
        "overload"
    }

    fn snapshot(&self) -> Value {
        self.glance(usize::MAX, "")
    }

    /// The routes that usually take longest are the first.
    fn glance(&self, most: usize, _: &str) -> Value {
        let Shared { limiter, counters, names, .. } = &*self.shared;
        let (working, answering, waiting) = limiter.load();
        let now = Instant::now();
        let moves: Vec<_> = limiter
            .moves()
            .iter()
            .map(|moved| {
                json!({
                    "seconds_ago": now.saturating_duration_since(moved.at).as_secs(),
                    "from": moved.from,
                    "to": moved.to,
                    "because": moved.reason.to_string(),
                    "times_as_long_as_usual": (moved.stretch * 100.0).round() / 100.0,
                })
            })
            .collect();
        let known = names.iter().zip(limiter.routes());
        let mut known: Vec<_> =
            known.filter_map(|(name, route)| Some((Reverse(route.average()?), name))).collect();
        known.sort_by_key(|(usual, _)| *usual);
        let routes: Vec<_> = known
            .into_iter()
            .take(most)
            .map(|(Reverse(usual), name)| {
                let usual = usual.as_secs_f64() * 1e3;
                json!({ "route": &**name, "usually_takes_ms": (usual * 1e3).round() / 1e3 })
            })
            .collect();
        json!({
            "limit": limiter.limit(),
            "working": working,
            "answering": answering,
            "waiting": waiting,
            "priorities": Priority::ALL.map(|priority| of(counters, priority)),
            "moves": moves,
            "routes": routes,
        })
    }
}

fn of(counters: &Counters, priority: Priority) -> Value {
    json!({
        "priority": priority,
        "waited": counters.waited(priority),
        "refused_full": counters.refused(priority, Refused::Full),
        "refused_late": counters.refused(priority, Refused::Late),
    })
}
