//! Whether what a dashboard asks for is there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Config,
    catalogue::{self, Kind, Metric},
    promql::{self, Selected},
    rules,
};

/// Holds dashboards against what a service can give out.
#[derive(Debug, Clone)]
pub struct Check {
    counted: Config,
    /// Labels that Prometheus adds to what it scrapes.
    added: BTreeSet<String>,
}

/// What is recorded of an objective has these labels.
const RECORDED: [&str; 3] = ["slo", "objective", "service"];

impl Check {
    /// `counted` says what is counted, and `rules` which labels the series have that Prometheus adds, beside `job` and `instance`.
    pub fn new(counted: &Config, rules: &rules::Config) -> Self {
        let added = ["job", "instance"].map(str::to_owned).into_iter().chain(rules.matchers.keys().cloned());
        Self { counted: counted.clone(), added: added.collect() }
    }

    /// What is wrong with a dashboard, in either form: every metric or label in its expressions that the service cannot give
    /// out, and an empty list where there is none.
    pub fn dashboard(&self, dashboard: &Value) -> Vec<String> {
        let mut exprs = Vec::new();
        collect(dashboard, "", &mut exprs);
        exprs
            .into_iter()
            .flat_map(|(place, expr)| {
                self.expr(expr).into_iter().map(move |wrong| format!("{place}: {wrong}"))
            })
            .collect()
    }

    /// What is wrong with an expression.
    pub fn expr(&self, expr: &str) -> Vec<String> {
        let names = promql::names(expr);
        let mut wrong = Vec::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for Selected { metric, labels } in &names.selected {
            let of = match self.labels(metric) {
                Ok(of) => of,
                Err(reason) => {
                    wrong.push(reason);
                    continue;
                }
            };
            for label in labels.iter().filter(|label| !of.contains(*label) && !self.added.contains(**label)) {
                wrong.push(format!("`{metric}` has no label `{label}`; it has {}", list(&of)));
            }
            known.extend(of);
        }
        // By which it is grouped, any of them may have.
        if wrong.is_empty() {
            for label in
                names.grouped.iter().filter(|label| !known.contains(*label) && !self.added.contains(**label))
            {
                wrong.push(format!("nothing in `{expr}` has a label `{label}`"));
            }
        }
        wrong
    }

    /// The labels of a sample, or why there is none of that name.
    fn labels(&self, name: &str) -> Result<Vec<&'static str>, String> {
        if name.starts_with("slo:") {
            return Ok(RECORDED.into());
        }
        let Some(metric) = catalogue::of_sample(name) else {
            return Err(format!("the service gives out no `{name}`"));
        };
        let Metric { kind, labels, family, .. } = metric;
        if !self.counted.has(*family) {
            return Err(format!("`{name}` is not given out, as `metrics.families` leaves its family out"));
        }
        let bound = (*kind == Kind::Histogram && name.ends_with("_bucket")).then_some("le");
        Ok(labels.iter().copied().chain(bound).collect())
    }
}

fn list(labels: &[&str]) -> String {
    if labels.is_empty() { "none".to_owned() } else { format!("`{}`", labels.join("`, `")) }
}

/// Every expression in a dashboard, with the title of the panel that it is in.
fn collect<'a>(value: &'a Value, title: &'a str, exprs: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Object(fields) => {
            let title = fields.get("title").and_then(Value::as_str).unwrap_or(title);
            for (name, field) in fields {
                match field.as_str() {
                    Some(expr) if name == "expr" => exprs.push((title, expr)),
                    _ => collect(field, title, exprs),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, title, exprs)),
        _ => {}
    }
}
