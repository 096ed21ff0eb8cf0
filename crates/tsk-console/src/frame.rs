//! What there was to see at one moment.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use serde_json::Value;
use tsk_core::Insight;

use crate::fit::{Fitted, MOST, fit};

/// What one of those that show something may take, in bytes of JSON.
pub(crate) const SHOWN_BYTES: usize = 64 * 1024;
/// What all of them may take together. What is beyond is shown by its name alone.
pub(crate) const FRAME_BYTES: usize = 512 * 1024;
/// How many there may be.
pub(crate) const NAMES: usize = 64;

/// What there was to see at one moment.
#[derive(Debug)]
pub(crate) struct Frame {
    /// One more than that of the one before.
    pub(crate) number: u64,
    at_unix_ms: u64,
    all: Vec<Shown>,
}

/// What one of them has shown.
#[derive(Debug, Clone)]
struct Shown {
    name: Arc<str>,
    json: Arc<str>,
    is_cut: bool,
    /// The number of the frame since which it is as it is.
    since: u64,
}

impl Frame {
    /// Asks each of them.
    pub(crate) fn take(
        former: Option<&Self>,
        number: u64,
        at_unix_ms: u64,
        insights: &[Arc<dyn Insight>],
    ) -> Self {
        let mut room = FRAME_BYTES;
        let shown = |insight: &Arc<dyn Insight>| {
            let value = ask(&**insight, |insight| insight.glance(MOST, ""));
            let Fitted { json, is_cut } = fit(value, SHOWN_BYTES.min(room.max(NULL)));
            room = room.saturating_sub(json.len());
            let before = former.and_then(|former| former.find(insight.name()));
            match before.filter(|before| *before.json == *json && before.is_cut == is_cut) {
                Some(before) => before.clone(),
                None => Shown { name: insight.name().into(), json: json.into(), is_cut, since: number },
            }
        };
        Self { number, at_unix_ms, all: insights.iter().take(NAMES).map(shown).collect() }
    }

    fn find(&self, name: &str) -> Option<&Shown> {
        self.all.iter().find(|shown| &*shown.name == name)
    }

    /// What is new to whoever has seen the frame of a number; 0 for nobody.
    pub(crate) fn message(&self, seen: u64, every_ms: u128) -> String {
        let names: Vec<&str> = self.all.iter().map(|shown| &*shown.name).collect();
        let cut: Vec<&str> = self.all.iter().filter(|shown| shown.is_cut).map(|shown| &*shown.name).collect();
        let changed = self.all.iter().filter(|shown| shown.since > seen);
        let members: Vec<String> =
            changed.map(|shown| format!("{}:{}", Value::from(&*shown.name), shown.json)).collect();
        format!(
            r#"{{"at_unix_ms":{},"every_ms":{every_ms},"names":{},"cut":{},"changed":{{{}}}}}"#,
            self.at_unix_ms,
            Value::from(names),
            Value::from(cut),
            members.join(",")
        )
    }
}

/// The length of `null`.
const NULL: usize = 4;

/// What one of them shows; `null` where that panics, so that nobody else is hidden by it.
pub(crate) fn ask(insight: &dyn Insight, ask: impl FnOnce(&dyn Insight) -> Value) -> Value {
    catch_unwind(AssertUnwindSafe(|| ask(insight))).unwrap_or_else(|_| {
        tracing::debug!("the insight `{}` panicked", insight.name());
        Value::Null
    })
}

#[cfg(test)]
mod tests;
