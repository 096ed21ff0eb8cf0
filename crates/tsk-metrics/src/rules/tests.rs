#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::{
    Config as Counted,
    catalogue::Family,
    slo::{Burn, SloConfig},
};

fn slos(text: &str) -> Slos {
    let said: Vec<SloConfig> = serde_json::from_str(text).unwrap();
    Slos::new(&tsk_core::RouteTable::default(), &said, &Counted::default()).unwrap()
}

fn shop() -> Config {
    Config {
        service: Some("shop".into()),
        matchers: [("job".to_owned(), "shop".to_owned())].into(),
        labels: [("team".to_owned(), "orders".to_owned())].into(),
        runbooks: "https://runbooks.example/".into(),
        operations: true,
    }
}

fn rules() -> Rules {
    let slos = slos(r#"[{ "name": "all", "availability": 99.9, "latency": { "1s": 99.0 } }]"#);
    Rules::new(&slos, &shop(), &Counted::default()).unwrap()
}

fn alerts(rules: &Rules) -> impl Iterator<Item = (&Rule, &str)> {
    rules.groups().iter().flat_map(|group| &group.rules).filter_map(|rule| match &rule.kind {
        Kind::Alert { name, .. } => Some((rule, &**name)),
        Kind::Record(_) => None,
    })
}

#[test]
fn a_method_that_http_does_not_know_is_looked_for_where_it_is_counted() {
    let mut meta = tsk_core::Meta::default();
    meta.insert(crate::slo::Slo::availability(99.9));
    let purge = tsk_core::Endpoint::new(Some("PURGE".parse().unwrap()), "/cache");
    let routes = tsk_core::RouteTable::new([purge.declared(tsk_core::Operation::default(), meta)]);
    let slos = Slos::new(&routes, &[], &Counted::default()).unwrap();
    let yaml = Rules::new(&slos, &shop(), &Counted::default()).unwrap().yaml();
    assert!(yaml.contains("http_request_method=\"_OTHER\",http_route=\"/cache\""), "{yaml}");
    assert!(!yaml.contains("http_request_method=\"PURGE\""), "{yaml}");
}

#[test]
fn an_alert_wants_both_windows_and_a_minimum() {
    let rules = rules();
    let (fast, _) = alerts(&rules).find(|(_, name)| *name == "ErrorBudgetBurnFast").unwrap();
    let of = r#"{objective="availability",service="shop",slo="all"}"#;
    let expected = format!(
        "slo:http_requests_failed:rate1h{of} / slo:http_requests:rate1h{of} > 14.4 * 0.001\nand\n\
         slo:http_requests_failed:rate5m{of} / slo:http_requests:rate5m{of} > 14.4 * 0.001\nand\n\
         slo:http_requests:rate1h{of} * 3600 >= 20\nand\nslo:http_requests_failed:rate1h{of} * 3600 >= 5"
    );
    assert_eq!(fast.expr, expected);
    assert_eq!(fast.labels["severity"], "page");
    assert_eq!(fast.labels["team"], "orders");
}

#[test]
fn raw_counts_are_looked_at_over_five_minutes_alone() {
    let text = rules().yaml();
    let raw = text.lines().filter(|line| line.contains("http_server_request_duration_seconds"));
    assert!(raw.clone().count() >= 3 && raw.clone().all(|line| line.contains("[5m]")), "{text}");
    assert!(text.contains("slo=\\\"all\\\"") || text.contains("slo=\"all\""));
}

#[test]
fn every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() {
    let rules = rules();
    let named: BTreeSet<_> = alerts(&rules).map(|(_, name)| name).collect();
    assert_eq!(named.len(), Burn::ALL.len() + operations::pages().count());
    let mut tried: HashMap<&str, [usize; 2]> = HashMap::new();
    for trial in &rules.trials {
        tried.entry(&trial.alert).or_default()[usize::from(trial.expected.is_some())] += 1;
    }
    for (rule, name) in alerts(&rules) {
        let [quiet, firing] = tried[name];
        assert!(quiet >= 1 && firing >= 1, "{name}: {rule:?}");
    }
    assert_eq!(tried.len(), named.len());
}

#[test]
fn every_alert_has_a_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/alerts/");
    for page in operations::pages().chain(["error-budget-burn".to_owned()]) {
        let text = std::fs::read_to_string(format!("{folder}{page}.md")).unwrap_or_default();
        assert!(text.starts_with("# "), "docs/alerts/{page}.md is not there");
    }
    let rules = rules();
    for (rule, name) in alerts(&rules) {
        let Kind::Alert { annotations, .. } = &rule.kind else { continue };
        assert!(annotations["runbook_url"].starts_with("https://runbooks.example/"), "{name}");
        assert!(!annotations["runbook_url"].contains("example//"), "{name}");
    }
}

#[test]
fn an_alert_of_what_is_not_counted_is_left_out() {
    let mut counted = Counted::default();
    counted.families.remove(&Family::Tracing);
    let names = |config: &Config, counted: &Counted| -> BTreeSet<String> {
        let rules = Rules::new(&Slos::default(), config, counted).unwrap();
        alerts(&rules).map(|(_, name)| name.to_owned()).collect()
    };
    let all = names(&shop(), &Counted::default());
    assert_eq!(&all - &names(&shop(), &counted), ["ServiceSpansLost".to_owned()].into());
    let anybody = names(&Config::default(), &Counted::default());
    assert_eq!(&all - &anybody, ["ServiceNotScraped".to_owned()].into());
    let quiet = Config { operations: false, ..shop() };
    assert_eq!(
        Rules::new(&Slos::default(), &quiet, &counted).unwrap().yaml().lines().last(),
        Some("groups: []")
    );
}

#[test]
fn labels_that_cannot_be_are_refused_by_their_key() {
    for (key, name) in [("labels", "2nd"), ("labels", "severity"), ("matchers", "a-b"), ("matchers", "")] {
        let labels = [(name.to_owned(), "x".to_owned())].into();
        let config = match key {
            "labels" => Config { labels, ..Config::default() },
            _ => Config { matchers: labels, ..Config::default() },
        };
        let error = Rules::new(&Slos::default(), &config, &Counted::default()).unwrap_err();
        assert_eq!(error.key(), Some(&*format!("alerts.{key}.{name}")));
    }
}

#[test]
fn braces_of_a_path_are_no_template() {
    let endpoint = tsk_core::Endpoint::new(None, "/a{{b}}");
    let routes = tsk_core::RouteTable::new([endpoint]);
    let said: Vec<SloConfig> =
        serde_json::from_str(r#"[{ "name": "braces {{", "route": "/a{{b}}", "availability": 99.0 }]"#)
            .unwrap();
    let slos = Slos::new(&routes, &said, &Counted::default()).unwrap();
    let rules = Rules::new(&slos, &Config::default(), &Counted::default()).unwrap();
    assert!(rules.yaml().contains(r#"summary: "braces {{ \"{{\" }} uses up"#), "{}", rules.yaml());
    assert!(rules.tests("rules.yml").contains(r#"summary: "braces {{ uses up"#));
}
