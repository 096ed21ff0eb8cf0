//! Alerting rules, as promtool, Prometheus and Alertmanager take them.

use std::fs;
use std::process::Command;

use http::StatusCode;
use serde_json::{Value, json};
use tsk::metrics::{rules::Rules, slo::Burn};
use tsk::prelude::*;
use tsk_tests::{Application, Daemon, Prometheus, check_rules, curl, until};

/// A service that promises something of a route and of all its requests, which is scraped as the job `shop`.
fn app() -> App {
    let mut config: Config = serde_json::from_value(json!({
        "slo": [
            { "name": "shop", "availability": 99.5 },
            { "name": "slow by design", "route": "/reports", "latency": { "10s": 80.0 }, "alerts": ["slow", "steady"], "min_failed": 0 },
        ],
        "alerts": { "service": "shop", "matchers": { "job": "shop" }, "labels": { "team": "orders" } },
    }))
    .expect("sound settings");
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    let user = |Path(id): Path<u64>| async move {
        if id == 0 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
    };
    let routes = Router::new()
        .route(
            get("/users/{id}", user)
                .slo(Slo::availability(99.9).latency_ms(50, 95.0).alerts([Burn::Fast, Burn::Medium])),
        )
        .route(get("/reports", || async { "none" }));
    App::new(config).routes(routes)
}

fn rules() -> Rules {
    app().rules().expect("all of it can be kept")
}

#[test]
fn every_alert_fires_when_it_should_and_only_then() {
    let rules = rules();
    check_rules(&rules.yaml(), &rules.tests("rules.yml"));
}

#[test]
#[should_panic(expected = "FAILED")]
fn a_threshold_that_is_another_is_noticed() {
    let mut config = Config::default();
    config.alerts.operations = false;
    let hello = get("/", || async { "hello" }).slo(Slo::availability(99.0).alerts([Burn::Fast]));
    let rules = App::new(config).routes(Router::new().route(hello)).rules().expect("it can be kept");
    check_rules(&rules.yaml(), &rules.tests("rules.yml"));
    check_rules(&rules.yaml().replace("> 14.4 * 0.01", "> 10 * 0.01"), &rules.tests("rules.yml"));
}

#[test]
fn an_alertmanager_is_told_of_a_budget_that_burns() {
    let application = Application::of(app());
    let alertmanager = Daemon::alertmanager();
    // Two minutes are long for a test.
    let rules = rules().yaml().replace("for: 2m", "for: 0m");
    let prometheus = Prometheus::alerting(application.admin(), "shop", &rules, alertmanager.address());
    let ask = |id: u64| curl(&[&application.url(&format!("/users/{id}"))]);
    ask(0);
    let of = "slo=\"GET /users/{id}\",objective=\"availability\"";
    // What begins with its first failure has not risen yet.
    prometheus
        .query("query?query=http_server_request_duration_seconds_count{http_response_status_code=\"500\"}");
    let alert = until("alert", || {
        (0..5).for_each(|_| drop(ask(0)));
        let answer = curl(&[&format!("http://{}/api/v2/alerts", alertmanager.address())]);
        let alerts: Vec<Value> = serde_json::from_slice(&answer.body).expect("a list of alerts");
        let is_it = |alert: &Value| {
            alert["labels"]["alertname"] == "ErrorBudgetBurnFast"
                && alert["labels"]["slo"] == "GET /users/{id}"
        };
        alerts.iter().find(|alert| is_it(alert)).cloned().ok_or(alerts)
    });
    let labels = json!({
        "alertname": "ErrorBudgetBurnFast", "slo": "GET /users/{id}", "objective": "availability", "service": "shop",
        "severity": "page", "team": "orders",
    });
    assert_eq!(alert["labels"], labels);
    let annotations = &alert["annotations"];
    assert_eq!(annotations["summary"], "GET /users/{id} uses up its error budget 14.4 times too fast");
    assert_eq!(annotations["runbook_url"], "docs/alerts/error-budget-burn.md");
    let left = prometheus.eval(&format!("slo:error_budget_remaining:ratio30d{{{of}}}"));
    let left: f64 = left[0]["value"][1].as_str().and_then(|text| text.parse().ok()).expect("a number");
    assert!(left < 0.0, "{left}");
}

#[test]
fn the_example_of_routing_is_read_by_alertmanager() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/alerts/alertmanager.yml");
    assert!(fs::exists(path).expect("a folder of ours"));
    let amtool = |args: &[&str]| {
        let output =
            Command::new("amtool").args(args).output().expect("the package of the Alertmanager has it");
        String::from_utf8(output.stdout).expect("text")
    };
    let checked = amtool(&["check-config", path]);
    assert!(checked.contains("SUCCESS"), "{checked}");
    for (severity, receiver) in [("page", "on-call"), ("ticket", "tickets")] {
        let severity = format!("severity={severity}");
        let routed = amtool(&["config", "routes", "test", "--config.file", path, &severity]);
        assert_eq!(routed.trim(), receiver);
    }
}
