//! Limits in the documentation of a route.

use serde_json::json;
use tsk_core::Operation;

use crate::{Headers, Rule};

/// Adds the refusal, and what answers say of the limits.
pub(crate) fn limits<'a>(rules: impl Iterator<Item = &'a Rule>, headers: Headers, operation: &mut Operation) {
    let lines: Vec<String> = rules.filter(|rule| !rule.is_dry).map(line).collect();
    if lines.is_empty() {
        return;
    }
    let description = format!("There were too many requests. Limits:\n\n{}", lines.join("\n"));
    let refusal = operation.problem(429, &description);
    refusal.headers.insert(
        "retry-after".into(),
        json!({ "type": "integer", "description": "Seconds until the request could be sent again (RFC 9110 §10.2.3)." }),
    );
    let telling: Vec<_> = match headers {
        Headers::Always => operation.responses.values_mut().chain(&mut operation.fallback).collect(),
        Headers::Refusals => vec![refusal],
        Headers::Never => Vec::new(),
    };
    for answer in telling {
        for (name, description) in [
            (
                "ratelimit",
                "For each limit, what is left (`r`), and the seconds until all of it is there again (`t`).",
            ),
            ("ratelimit-policy", "For each limit, how much is allowed (`q`) in how many seconds (`w`)."),
        ] {
            let schema = || json!({ "type": "string", "description": description });
            answer.headers.entry(name.to_owned()).or_insert_with(schema);
        }
    }
}

fn line(rule: &Rule) -> String {
    let quota = rule.quota;
    let burst = match quota.most_at_once() {
        burst if burst == quota.limit() => String::new(),
        burst => format!(", {burst} at once"),
    };
    let limit = quota.limit();
    format!("- `{}`: {limit} per {} and {}{burst}", rule.public_name(), quota.window_name(), rule.key)
}
