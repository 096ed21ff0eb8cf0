//! Errors, of which those that are alike are one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tsk_core::Insight;

use crate::{plan::Plans, record::ServerSpan, seen::excerpt, table::Table};

mod fingerprint;

use fingerprint::pattern;

/// How many groups there are at most; the rarest makes room for another.
const GROUPS: usize = 256;
/// Characters of what an error is called, and of what it says.
const TEXT: usize = 200;

/// Errors of requests, grouped by their type, by what they say without numbers and names, and by route: as `errors`.
///
/// Of each group there are a count, when it was first and last seen, and a trace. Only what was recorded is counted: a
/// request that fails is, whether it was sampled or not.
#[derive(Debug)]
pub struct Errors(Mutex<Groups>);

#[derive(Debug)]
struct Groups {
    table: Table<Group>,
    turn: u64,
}

#[derive(Debug)]
struct Group {
    kind: Box<str>,
    message: Box<str>,
    route: Box<str>,
    count: u64,
    first: u64,
    last: u64,
    trace: u128,
}

impl Default for Errors {
    fn default() -> Self {
        Self(Mutex::new(Groups { table: Table::new(GROUPS), turn: 0 }))
    }
}

impl Errors {
    pub(crate) fn take<'a>(&self, spans: impl IntoIterator<Item = &'a ServerSpan>, plans: &Plans) {
        let plans = plans.read();
        for span in spans.into_iter().filter(|span| span.is_failed() || !span.exceptions.is_empty()) {
            let plan = plans.get(span.plan);
            self.lock().add(span, plan.map_or("", |plan| &plan.name));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Groups {
    fn add(&mut self, span: &ServerSpan, route: &str) {
        for exception in &*span.exceptions {
            self.count(&exception.kind, &exception.message, route, exception.at, span.trace);
        }
        if span.exceptions.is_empty() {
            let kind = span.error_type().unwrap_or_default();
            self.count(&kind, "", route, span.end, span.trace);
        }
    }

    fn count(&mut self, kind: &str, message: &str, route: &str, at: u64, trace: u128) {
        let (kind, message) = (excerpt(kind, TEXT), pattern(message, TEXT));
        // No text has a NUL: an excerpt shows it as something else.
        let key = format!("{kind}\0{message}\0{route}");
        self.turn += 1;
        let new = || Group { kind, message, route: route.into(), count: 0, first: at, last: at, trace };
        let (group, _) = self.table.get(self.turn, &key, new);
        group.count += 1;
        group.last = group.last.max(at);
        group.trace = trace;
    }
}

impl Insight for Errors {
    fn name(&self) -> &str {
        "errors"
    }

    fn snapshot(&self) -> Value {
        let groups = self.lock();
        let mut all: Vec<&Group> = groups.table.iter().map(|(_, group)| group).collect();
        all.sort_unstable_by_key(|group| (std::cmp::Reverse(group.last), &group.kind, &group.message));
        let shown: Vec<Value> = all.into_iter().map(Group::show).collect();
        json!({ "groups": shown, "most": GROUPS, "forgotten": groups.table.evicted() })
    }
}

impl Group {
    fn show(&self) -> Value {
        json!({
            "type": self.kind,
            "message": self.message,
            "route": self.route,
            "count": self.count,
            "first_unix_ms": self.first / 1_000_000,
            "last_unix_ms": self.last / 1_000_000,
            "trace": format!("{:032x}", self.trace),
        })
    }
}

#[cfg(test)]
mod tests;
