#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;
use tsk_core::{Endpoint, Meta, Operation, RouteTable};

use super::*;
use crate::{
    catalogue::Family,
    rules,
    slo::{Slo, Slos},
};

fn routes() -> RouteTable {
    let mut meta = Meta::default();
    meta.insert(Slo::availability(99.9).latency_ms(50, 95.0));
    let users = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(Operation::default(), meta);
    RouteTable::new([users, Endpoint::new(None, "/a,b")])
}

fn dashboards(config: &Config, counted: &crate::Config) -> Dashboards {
    let slos = Slos::new(&routes(), &[], &crate::Config::default()).unwrap();
    Dashboards::new(config, &routes(), &slos, &matched(), counted)
}

fn matched() -> rules::Config {
    rules::Config { matchers: [("job".to_owned(), "shop".to_owned())].into(), ..rules::Config::default() }
}

fn check() -> Check {
    Check::new(&crate::Config::default(), &matched())
}

#[test]
fn nothing_is_asked_for_that_is_not_there() {
    for dashboard in dashboards(&Config::default(), &crate::Config::default()).all() {
        assert_eq!(check().dashboard(&dashboard.classic()), Vec::<String>::new());
        assert_eq!(check().dashboard(&dashboard.resource()), Vec::<String>::new());
    }
}

#[test]
fn every_family_that_a_service_has_is_shown() {
    let all = dashboards(&Config::default(), &crate::Config::default());
    let exprs: Vec<_> =
        all.all().iter().flat_map(Dashboard::panels).flat_map(|panel| &panel.queries).collect();
    let named: BTreeSet<_> = exprs
        .iter()
        .flat_map(|query| crate::promql::names(&query.expr).selected)
        .filter_map(|selected| crate::catalogue::of_sample(selected.metric))
        .map(|metric| metric.name)
        .collect();
    // An allocator tells only where the program has it told, and address space is of no use to anybody.
    let left_out = |name: &str| name.starts_with("allocator_") || name.starts_with("process_virtual_memory");
    let missing: Vec<_> =
        crate::catalogue::ALL.iter().map(|metric| metric.name).filter(|name| !named.contains(name)).collect();
    assert!(missing.iter().all(|name| left_out(name)), "{missing:?}");
}

#[test]
fn what_is_not_counted_is_not_shown() {
    let counted = crate::Config { families: [Family::Http].into(), ..crate::Config::default() };
    let all = dashboards(&Config::default(), &counted);
    let uids: Vec<_> = all.all().iter().map(|dashboard| &*dashboard.uid).collect();
    assert_eq!(uids, ["tsk-overview", "tsk-promises", "tsk-route", "tsk-limits", "tsk-auth"]);
    let check = Check::new(&counted, &matched());
    for dashboard in all.all() {
        assert_eq!(check.dashboard(&dashboard.classic()), Vec::<String>::new());
    }
}

#[test]
fn a_metric_or_a_label_that_there_is_not_is_named() {
    for (expr, wrong) in [
        ("rate(http_requests_total[5m])", "the service gives out no `http_requests_total`"),
        (
            "http_server_request_duration_seconds",
            "the service gives out no `http_server_request_duration_seconds`",
        ),
        ("sum(http_server_active_requests{path=\"/\"})", "`http_server_active_requests` has no label `path`"),
        ("sum by (pod) (server_connections)", "has a label `pod`"),
        ("http_server_request_duration_seconds_count{le=\"1.0\"}", "has no label `le`"),
        ("slo:http_requests:rate5m{route=\"/\"}", "has no label `route`"),
    ] {
        let told = check().expr(expr);
        assert!(told.len() == 1 && told[0].contains(wrong), "{expr}: {told:?}");
    }
    for expr in ["sum by (instance, job) (rate(server_sent_bytes_total{job=\"shop\"}[5m]))", "vector(1)"] {
        assert_eq!(check().expr(expr), Vec::<String>::new());
    }
    let mut dashboard = dashboards(&Config::default(), &crate::Config::default()).all()[0].classic();
    dashboard["panels"][1]["targets"][0]["expr"] = "sum(nothing)".into();
    assert_eq!(check().dashboard(&dashboard), ["Requests: the service gives out no `nothing`"]);
}

#[test]
fn panels_stand_side_by_side_and_not_on_each_other() {
    for dashboard in dashboards(&Config::default(), &crate::Config::default()).all() {
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in dashboard.classic()["panels"].as_array().unwrap() {
            assert!(ids.insert(panel["id"].as_u64()), "{} is there twice", panel["id"]);
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24);
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(taken.insert((x, y)), "{} stands on another", panel["title"]);
                }
            }
        }
    }
}

#[test]
fn an_objective_has_its_lines_and_links_lead_elsewhere() {
    let config = Config {
        datasource: Some("prom".into()),
        traces: Some("https://jaeger.example".into()),
        ..Config::default()
    };
    let all = dashboards(&config, &crate::Config::default());
    let promises = all.all().iter().find(|dashboard| dashboard.uid == "tsk-promises").unwrap();
    assert_eq!(promises.rows[1].title, "GET /users/{id}: 95 % end within 50ms");
    let classic = promises.classic();
    let burn =
        classic["panels"].as_array().unwrap().iter().find(|panel| panel["type"] == "timeseries").unwrap();
    let steps: Vec<_> = burn["fieldConfig"]["defaults"]["thresholds"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["value"])
        .collect();
    assert_eq!(steps, [&Value::Null, &1.0.into(), &3.0.into(), &6.0.into(), &14.4.into()]);
    assert_eq!(classic["panels"][1]["datasource"]["uid"], "prom");
    assert_eq!(classic["links"][0]["url"], "https://jaeger.example");
    assert!(promises.variables.iter().all(|variable| *variable != Variable::Source));
}

#[test]
fn the_routes_can_be_chosen_from() {
    let all = dashboards(&Config::default(), &crate::Config::default());
    let route = all.all().iter().find(|dashboard| dashboard.uid == "tsk-route").unwrap().classic();
    let list = route["templating"]["list"].as_array().unwrap();
    let chosen = list.iter().find(|variable| variable["name"] == "route").unwrap();
    assert_eq!(chosen["query"], "/a\\,b,/users/{id}");
}

#[test]
fn every_alert_can_be_grafanas() {
    let slos = Slos::new(&routes(), &[], &crate::Config::default()).unwrap();
    let rules = rules::Rules::new(&slos, &matched(), &crate::Config::default()).unwrap();
    let config = Config::default();
    let alerts = Provisioning::new(&config).alerts(&rules);
    let groups = alerts["groups"].as_array().unwrap();
    let all: Vec<_> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    let uids: BTreeSet<_> = all.iter().map(|rule| rule["uid"].as_str().unwrap()).collect();
    assert_eq!((all.len(), uids.len()), (2 * 4 + 7, 2 * 4 + 7));
    assert!(uids.iter().all(|uid| uid.len() <= 40), "{uids:?}");
    for rule in all {
        assert_eq!(check().expr(rule["data"][0]["model"]["expr"].as_str().unwrap()), Vec::<String>::new());
    }
}
