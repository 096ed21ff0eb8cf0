//! Rules and their tests, as Prometheus and promtool read them.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    Group, Kind, Rule,
    selector::quoted,
    trial::{Expected, STEP, Trial},
};

const HEAD: &str = "# Written by `tsk metrics rules`, from what the service promises and counts. Write it anew instead of changing it.\n";

pub(super) fn rules(groups: &[Group]) -> String {
    let mut out = String::from(HEAD);
    out.push_str(if groups.is_empty() { "groups: []\n" } else { "groups:\n" });
    for Group { name, rules } in groups {
        // Writing to memory does not fail.
        let _ = write!(out, "  - name: {}\n    rules:\n", quoted(name));
        rules.iter().for_each(|each| rule(&mut out, each));
    }
    out
}

fn rule(out: &mut String, Rule { kind, expr, labels }: &Rule) {
    let _ = match kind {
        Kind::Record(name) => writeln!(out, "      - record: {name}"),
        Kind::Alert { name, .. } => writeln!(out, "      - alert: {name}"),
    };
    out.push_str("        expr: |-\n");
    expr.lines().for_each(|line| {
        let _ = writeln!(out, "          {line}");
    });
    if let Kind::Alert { minutes, .. } = kind {
        let _ = writeln!(out, "        for: {minutes}m");
    }
    match kind {
        Kind::Record(_) => map(out, "        ", "labels", labels),
        Kind::Alert { annotations, .. } => {
            map(out, "        ", "labels", &literal(labels));
            map(out, "        ", "annotations", &literal(annotations));
        }
    }
}

/// What is said of an alert is a template, in which two braces begin an action. Those of a path are two braces.
fn literal(texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let escaped = |text: &str| text.replace("{{", "{{ \"{{\" }}");
    texts.iter().map(|(name, text)| (name.clone(), escaped(text))).collect()
}

fn map(out: &mut String, indent: &str, name: &str, values: &BTreeMap<String, String>) {
    if !values.is_empty() {
        let _ = writeln!(out, "{indent}{name}:");
        values.iter().for_each(|(name, value)| {
            let _ = writeln!(out, "{indent}  {name}: {}", quoted(value));
        });
    }
}

pub(super) fn trials(rules: &str, trials: &[Trial]) -> String {
    let mut out = String::from(HEAD);
    let _ = write!(out, "rule_files:\n  - {}\nevaluation_interval: {STEP}m\n", quoted(rules));
    out.push_str(if trials.is_empty() { "tests: []\n" } else { "tests:\n" });
    for Trial { name, series, minutes, alert, expected } in trials {
        let _ = write!(out, "  - name: {}\n    interval: 1m\n", quoted(name));
        out.push_str(if series.is_empty() { "    input_series: []\n" } else { "    input_series:\n" });
        for (series, values) in series {
            let _ = writeln!(out, "      - series: {}", quoted(series));
            let _ = writeln!(out, "        values: {}", quoted(values));
        }
        let _ = writeln!(out, "    alert_rule_test:\n      - eval_time: {minutes}m");
        let _ = writeln!(out, "        alertname: {alert}");
        match expected {
            None => out.push_str("        exp_alerts: []\n"),
            Some(Expected { labels, annotations }) => {
                out.push_str("        exp_alerts:\n          -\n");
                map(&mut out, "            ", "exp_labels", labels);
                map(&mut out, "            ", "exp_annotations", annotations);
            }
        }
    }
    out
}
