//! Who calls whom.

use std::{
    borrow::Cow,
    sync::{Mutex, MutexGuard, PoisonError},
};

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use tsk_core::Insight;

use crate::{
    latency::{Latency, Summary},
    queue::Waiting,
    seen::{excerpt, nanoseconds},
    table::Table,
    texts::Text,
};

/// How many names there are at most, of callers and of those called; the rarest makes room for another.
const NAMES: usize = 64;
/// Characters of a name.
const NAME: usize = 64;

/// Who calls this service, and whom it calls, of late: as `dependencies`.
///
/// A caller is known by the product that its `User-Agent` names first. Who is called is known by the `peer.service` of a
/// client's span, else by its `server.address`, else by what kind of database or broker it is. Of each there are the rate,
/// how many failed, and how long they took. Only what was recorded is counted.
#[derive(Debug)]
pub struct Dependencies(Mutex<Graph>);

#[derive(Debug)]
struct Graph {
    incoming: Edges,
    outgoing: Edges,
    turn: u64,
}

/// Calls in one direction.
#[derive(Debug)]
struct Edges {
    names: Table<Latency>,
    /// Of names that have made room for others.
    others: Option<Latency>,
}

impl Default for Dependencies {
    fn default() -> Self {
        let edges = || Edges { names: Table::new(NAMES), others: None };
        Self(Mutex::new(Graph { incoming: edges(), outgoing: edges(), turn: 0 }))
    }
}

impl Dependencies {
    pub(crate) fn take(&self, waiting: &Waiting, now: u64) {
        let mut graph = self.lock();
        for span in waiting.server.iter() {
            graph.turn += 1;
            let (turn, nanos) = (graph.turn, span.end.saturating_sub(span.start));
            let caller = product(span.text(Text::Agent));
            graph.incoming.add(turn, now, caller, nanos, span.is_failed());
        }
        for span in &waiting.inner {
            let Some(name) = called(span) else { continue };
            graph.turn += 1;
            let (turn, took) =
                (graph.turn, span.end_time.duration_since(span.start_time).unwrap_or_default());
            let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            graph.outgoing.add(turn, now, name.as_bytes(), nanos, is_failed(span));
        }
    }

    fn show(&self, now: u64) -> Value {
        let mut graph = self.lock();
        json!({ "incoming": graph.incoming.show(now), "outgoing": graph.outgoing.show(now) })
    }

    fn lock(&self) -> MutexGuard<'_, Graph> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edges {
    fn add(&mut self, turn: u64, now: u64, name: &[u8], nanos: u64, is_failed: bool) {
        // Nearly all are, as they are shown.
        if let Some(latency) = self.names.known(turn, name) {
            return latency.add(now, nanos, is_failed);
        }
        let (latency, gone) = self.names.get(turn, &shown(name), || Latency::new(now));
        latency.add(now, nanos, is_failed);
        if let Some(gone) = gone {
            self.others.get_or_insert_with(|| Latency::new(now)).absorb(now, gone);
        }
    }

    fn show(&mut self, now: u64) -> Value {
        let mut named: Vec<(String, Summary)> =
            self.names.iter_mut().map(|(name, latency)| (name.to_owned(), latency.summary(now))).collect();
        named.sort_unstable_by(|(a_name, a), (b_name, b)| b.count.cmp(&a.count).then(a_name.cmp(b_name)));
        let show = |summary: &Summary| {
            json!({
                "count": summary.count,
                "failed": summary.failed,
                "per_second": (summary.rate * 1000.0).round() / 1000.0,
                "p50_us": summary.p50,
                "p99_us": summary.p99,
            })
        };
        let names: Vec<Value> = named
            .iter()
            .map(|(name, summary)| {
                let mut shown = show(summary);
                shown["name"] = name.as_str().into();
                shown
            })
            .collect();
        let others = self.others.as_mut().map(|others| show(&others.summary(now)));
        json!({ "names": names, "most": NAMES, "forgotten": self.names.evicted(), "others": others })
    }
}

/// The first product of `User-Agent` (RFC 9110 §10.1.5), without its version.
fn product(agent: &[u8]) -> &[u8] {
    let end = agent.iter().position(|byte| matches!(byte, b'/' | b' ' | b'(' | b'\t')).unwrap_or(agent.len());
    if end == 0 { b"unknown" } else { &agent[..end] }
}

/// A name as it may be shown.
fn shown(name: &[u8]) -> Box<str> {
    excerpt(&String::from_utf8_lossy(name), NAME)
}

/// Whom a span of a client or a producer calls; `None` for what calls nobody.
pub(crate) fn called(span: &SpanData) -> Option<Cow<'_, str>> {
    if !matches!(span.span_kind, SpanKind::Client | SpanKind::Producer) {
        return None;
    }
    let names =
        ["peer.service", "server.address", "db.system.name", "db.system", "messaging.system", "rpc.system"];
    let found = names.iter().find_map(|name| {
        let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == *name)?;
        Some(attribute.value.as_str()).filter(|value| !value.is_empty())
    });
    Some(found.unwrap_or("unknown".into()))
}

pub(crate) fn is_failed(span: &SpanData) -> bool {
    matches!(span.status, Status::Error { .. })
}

impl Insight for Dependencies {
    fn name(&self) -> &str {
        "dependencies"
    }

    fn snapshot(&self) -> Value {
        self.show(nanoseconds(std::time::SystemTime::now()))
    }
}

#[cfg(test)]
mod tests;
