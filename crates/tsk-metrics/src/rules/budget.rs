//! The rules of an objective: how much of its budget is used up, and alerts when that is too fast.
//!
//! What was counted is looked at over five minutes alone. All longer windows are averages of that: a query over three days of
//! the histograms of all servers, each time, would cost more than they do.

use std::collections::BTreeMap;

use super::{
    Config, Group, Kind, Rule,
    selector::{all, equal, quoted, select},
    trial::{Expected, STEP, Trial, rising, stopping},
};
use crate::{
    catalogue::HTTP_REQUEST_DURATION,
    http::method_label,
    slo::{Burn, Indicator, Objective, Subject, Window, tidy},
};

/// Those that ended in an error of the service, as `error_type` has it.
const FAILED: &str = "error_type=~\"failed|[5-9]..\"";
const NOT_FAILED: &str = "error_type!~\"failed|[5-9]..\"";

pub(super) fn group(objective: &Objective, config: &Config) -> Group {
    let Objective { slo, indicator, .. } = objective;
    let recorded = config.recorded(slo, &indicator.to_string());
    let labels = all(&recorded);
    let record =
        |name: String, expr: String| Rule { kind: Kind::Record(name), expr, labels: recorded.clone() };
    let mut rules = vec![
        record("slo:objective:ratio".into(), format!("vector({})", tidy(objective.percent / 100.0))),
        record(requests("5m"), counted(objective, config)),
        record(failed("5m"), counted_failed(objective, config)),
    ];
    for window in Window::derived(objective.alerts.iter().copied()) {
        for name in [requests, failed] {
            let shortest = select(&name(Window::SHORTEST.text), [&*labels]);
            rules.push(record(name(window.text), format!("avg_over_time({shortest}[{}])", window.text)));
        }
    }
    let average = |name: fn(&str) -> String| {
        format!("avg_over_time({}[30d])", select(&name(Window::SHORTEST.text), [&*labels]))
    };
    rules.push(record(
        "slo:error_budget_remaining:ratio30d".into(),
        format!("1 - {} / {} / {}", average(failed), average(requests), objective.budget()),
    ));
    rules.extend(objective.alerts.iter().map(|burn| alert(objective, *burn, config)));
    Group { name: format!("SLO {slo}: {indicator}"), rules }
}

fn requests(window: &str) -> String {
    format!("slo:http_requests:rate{window}")
}

fn failed(window: &str) -> String {
    format!("slo:http_requests_failed:rate{window}")
}

/// How many requests a second count for the objective.
fn counted(objective: &Objective, config: &Config) -> String {
    let condition = if objective.bound().is_some() { NOT_FAILED } else { "" };
    rate("_count", &[condition], objective, config)
}

/// How many of them went wrong.
fn counted_failed(objective: &Objective, config: &Config) -> String {
    let counted = counted(objective, config);
    match objective.bound() {
        Some(bound) => {
            let within = rate("_bucket", &[NOT_FAILED, &equal("le", &bound)], objective, config);
            format!("{counted}\n-\n{within}")
        }
        // Before the first failure there is no series of it.
        None => format!("{}\nor\n0 * {counted}", rate("_count", &[FAILED], objective, config)),
    }
}

fn rate(suffix: &str, conditions: &[&str], objective: &Objective, config: &Config) -> String {
    let (service, route) = (all(&config.matchers), route(&objective.subject));
    let conditions = [&*service, &*route].into_iter().chain(conditions.iter().copied());
    format!("sum(rate({}[5m]))", select(&format!("{}{suffix}", HTTP_REQUEST_DURATION.name), conditions))
}

fn route(subject: &Subject) -> String {
    let Subject::Route { method, template } = subject else { return String::new() };
    let method = method.as_ref().map(|method| equal("http_request_method", method_label(method)) + ",");
    method.unwrap_or_default() + &equal("http_route", template)
}

fn alert(objective: &Objective, burn: Burn, config: &Config) -> Rule {
    let labels = all(&config.recorded(&objective.slo, &objective.indicator.to_string()));
    let of = |name: String| select(&name, [&*labels]);
    let (long, short) = (burn.long(), burn.short());
    let seconds = long.minutes * 60;
    let too_fast = |window: Window| {
        let (failed, requests) = (of(failed(window.text)), of(requests(window.text)));
        format!("{failed} / {requests} > {} * {}", burn.factor(), objective.budget())
    };
    let expr = [
        too_fast(long),
        too_fast(short),
        format!("{} * {seconds} >= {}", of(requests(long.text)), objective.min_requests),
        format!("{} * {seconds} >= {}", of(failed(long.text)), objective.min_failed),
    ]
    .join("\nand\n");
    let annotations = annotations(objective, burn, config);
    let kind = Kind::Alert { name: burn.alert().into(), minutes: burn.pending(), annotations };
    Rule { kind, expr, labels: alert_labels(objective, burn, config) }
}

/// Those of what is recorded are said again: two rules of one name and the same labels would be one.
fn alert_labels(objective: &Objective, burn: Burn, config: &Config) -> BTreeMap<String, String> {
    let mut labels = config.recorded(&objective.slo, &objective.indicator.to_string());
    labels.extend(config.alert(burn.severity()));
    labels
}

fn annotations(objective: &Objective, burn: Burn, config: &Config) -> BTreeMap<String, String> {
    let Objective { slo, percent, subject, .. } = objective;
    let promise = match objective.indicator {
        Indicator::Availability => "are to be answered".to_owned(),
        Indicator::Latency(threshold) => {
            format!("are to end within {}", humantime::format_duration(threshold))
        }
    };
    let share = tidy(burn.factor() * objective.budget() * 100.0);
    [
        ("summary", format!("{slo} uses up its error budget {} times too fast", burn.factor())),
        (
            "description",
            format!(
                "Of {subject}, {percent} % {promise}. In the last {}, and still in the last {}, it was more than {share} % \
                 that did not.",
                burn.long().text,
                burn.short().text
            ),
        ),
        ("runbook_url", config.runbook("error-budget-burn")),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}

/// That each alert fires when the budget is used up a little faster than it says, and not when it is a little slower; and of
/// the fastest that it ends with the trouble, and is quiet where there is little traffic.
pub(super) fn trials(objective: &Objective, config: &Config) -> Vec<Trial> {
    let Objective { slo, indicator, min_requests, min_failed, .. } = objective;
    let mut trials = Vec::new();
    for burn in objective.alerts.iter().copied() {
        let (long, threshold) = (f64::from(burn.long().minutes), burn.factor() * objective.budget());
        let minutes = (burn.long().minutes + burn.pending()).next_multiple_of(STEP) + 2 * STEP;
        let (min_requests, min_failed) = (f64::from(*min_requests), f64::from(*min_failed));
        let enough =
            (100.0_f64).max(2.0 * min_failed / (0.9 * threshold * long)).max(2.0 * min_requests / long);
        let alert = burn.alert();
        let trial = |why: &str, series, minutes, expected| Trial {
            name: format!("{slo}, {indicator}: {alert} {why}"),
            series,
            minutes,
            alert: alert.to_owned(),
            expected,
        };
        let traffic = |a_minute: f64, share: f64, values: &dyn Fn(f64) -> String| {
            series(objective, config, a_minute, share, values)
        };
        let rising = |by| rising(by, minutes);
        let labels = alert_labels(objective, burn, config);
        let expected = Expected { labels, annotations: annotations(objective, burn, config) };
        let (above, below) = ((1.1 * threshold).min(1.0), 0.9 * threshold);
        trials.push(trial("fires", traffic(enough, above, &rising), minutes, Some(expected)));
        trials.push(trial(
            "does not fire below its threshold",
            traffic(enough, below, &rising),
            minutes,
            None,
        ));
        if burn == Burn::Fast {
            let (after, hour) = (20, burn.long().minutes);
            let series = series_that_recover(objective, config, enough, above, hour, after);
            trials.push(trial("ends with the trouble", series, hour + STEP, None));
        }
        let few = 0.8 * min_requests / long;
        if few > 0.0 {
            trials.push(trial("does not fire without traffic", traffic(few, 1.0, &rising), minutes, None));
        }
        let (a_minute, share) = (1.2 * min_requests.max(min_failed) / long, 0.8 * min_failed);
        let share = share / (a_minute * long);
        if share > 1.1 * threshold {
            trials.push(trial("does not fire for a few", traffic(a_minute, share, &rising), minutes, None));
        }
    }
    trials
}

/// So many requests a minute, of which a share goes wrong. `values` are those of a counter that rises by so much a minute.
fn series(
    objective: &Objective,
    config: &Config,
    a_minute: f64,
    share: f64,
    values: &dyn Fn(f64) -> String,
) -> Vec<(String, String)> {
    let good = a_minute * (1.0 - share);
    let [fine, failed, within] = names(objective, config);
    match objective.indicator {
        Indicator::Availability => vec![(fine, values(good)), (failed, values(a_minute * share))],
        Indicator::Latency(_) => vec![(fine, values(a_minute)), (within, values(good))],
    }
}

/// The same, until nothing goes wrong any more.
fn series_that_recover(
    objective: &Objective,
    config: &Config,
    a_minute: f64,
    share: f64,
    until: u32,
    after: u32,
) -> Vec<(String, String)> {
    let [fine, failed, within] = names(objective, config);
    let all = until + after;
    match objective.indicator {
        Indicator::Availability => {
            vec![(fine, rising(a_minute, all)), (failed, stopping(a_minute * share, until, after))]
        }
        Indicator::Latency(_) => {
            let good = a_minute * (1.0 - share);
            let end = good * f64::from(until);
            let recovered = format!("0+{good:.6}x{until} {:.6}+{a_minute:.6}x{after}", end + a_minute);
            vec![(fine, rising(a_minute, all)), (within, recovered)]
        }
    }
}

/// The series of requests that go well, that fail, and that are within the threshold.
fn names(objective: &Objective, config: &Config) -> [String; 3] {
    let (method, template) = match &objective.subject {
        Subject::Route { method, template } => (method.as_ref().map_or("GET", method_label), &**template),
        Subject::Service => ("GET", "/"),
    };
    let (service, bound) = (all(&config.matchers), objective.bound().unwrap_or_default());
    let common = format!("http_request_method={},http_route={}", quoted(method), quoted(template));
    let name = |suffix: &str, labels: &str| {
        select(&format!("{}{suffix}", HTTP_REQUEST_DURATION.name), [&*service, &*common, labels])
    };
    [
        name("_count", "http_response_status_code=\"200\""),
        name("_count", "http_response_status_code=\"500\",error_type=\"500\""),
        name("_bucket", &format!("http_response_status_code=\"200\",{}", equal("le", &bound))),
    ]
}
