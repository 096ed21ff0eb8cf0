//! What is promised, and how much of what may go wrong has.

use super::{Panel, Query, Row, Step, View};
use crate::{
    rules,
    rules::conditions,
    slo::{Burn, Indicator, Objective, Slos},
};

/// A row for each objective, of what the [rules](crate::rules) record; `None` where nothing is promised.
pub(super) fn row(slos: &Slos, rules: &rules::Config) -> Option<Vec<Row>> {
    let rows = slos.objectives().iter().map(|objective| of(objective, rules));
    (!slos.is_empty()).then(|| rows.collect())
}

fn of(objective: &Objective, rules: &rules::Config) -> Row {
    let Objective { slo, percent, indicator, .. } = objective;
    let labels = conditions(&rules.recorded(slo, &indicator.to_string()));
    let promise = match indicator {
        Indicator::Availability => format!("{percent} % are answered"),
        Indicator::Latency(threshold) => {
            format!("{percent} % end within {}", humantime::format_duration(*threshold))
        }
    };
    let panel = |title: &str, description: &str, view, unit, queries: Vec<Query>, steps: Vec<Step>| Panel {
        title: title.to_owned(),
        description: description.to_owned(),
        view,
        unit,
        queries,
        steps,
    };
    let query = |expr: String, legend: &str| Query { expr, legend: legend.to_owned() };
    let burn = |window: &str| {
        let ratio = format!(
            "slo:http_requests_failed:rate{window}{{{labels}}} / slo:http_requests:rate{window}{{{labels}}}"
        );
        query(format!("{ratio} / {}", objective.budget()), window)
    };
    let colours = ["yellow", "orange", "red", "dark-red"];
    let mut slowest_first: Vec<_> = objective.alerts.iter().rev().collect();
    slowest_first.dedup();
    let steps = slowest_first.iter().zip(colours).map(|(burn, colour)| Step { from: burn.factor(), colour });
    let mut windows: Vec<_> = objective.alerts.iter().map(|burn: &Burn| burn.long().text).collect();
    windows.insert(0, "5m");
    Row {
        title: format!("{slo}: {promise}"),
        panels: vec![
            panel(
                "Budget left",
                "The share of what may go wrong in 30 days that has not. Below 0 the promise is broken.",
                View::Number,
                "percentunit",
                vec![query(format!("slo:error_budget_remaining:ratio30d{{{labels}}}"), "")],
                vec![Step { from: 0.0, colour: "orange" }, Step { from: 0.25, colour: "green" }],
            ),
            panel(
                "Promised",
                "The share of requests that are to go well.",
                View::Number,
                "percentunit",
                vec![query(format!("slo:objective:ratio{{{labels}}}"), "")],
                Vec::new(),
            ),
            panel(
                "How fast it is used up",
                "At 1 nothing is left at the end of 30 days. The lines are where somebody is told.",
                View::Lines,
                "short",
                windows.into_iter().map(burn).collect(),
                steps.collect(),
            ),
        ],
    }
}
