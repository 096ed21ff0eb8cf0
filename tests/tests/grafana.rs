//! Dashboards: a Prometheus that has scraped a service answers each of their expressions.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tsk::core::client::{Client, Settings};
use tsk::metrics::grafana::{Dashboards, Panel, Reporter};
use tsk::prelude::*;
use tsk::ratelimit::Rule;
use tsk_tests::{Application, Daemon, Prometheus, curl, until};

/// Says that the test has a process for itself.
const ALONE: &str = "TSK_TESTS_ALONE";

/// A service with something of everything that dashboards show.
fn app() -> App {
    let mut config: Config = serde_json::from_value(json!({
        "slo": [{ "name": "shop", "availability": 99.5, "latency": { "1s": 99.0 } }],
        "alerts": { "matchers": { "job": "shop" } },
        "overload": { "enabled": true },
    }))
    .expect("sound settings");
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    let user = |Path(id): Path<u64>| async move {
        if id == 0 { http::StatusCode::INTERNAL_SERVER_ERROR } else { http::StatusCode::OK }
    };
    let routes = Router::new()
        .route(get("/users/{id}", user).public())
        .route(
            post("/users", |body: String| async move { body })
                .public()
                .limit(Rule::per_hour(2).name("new-users")),
        )
        .route(get("/secrets", || async { "none" }).access(Access::role("admin")))
        .merge(crate::graphql::routes().public());
    App::new(config)
        .routes(routes)
        .auth(|auth| auth)
        .check("stock", tsk::health::Kind::Readiness, || async { tsk::core::check::Finding::pass() })
}

#[test]
fn prometheus_answers_every_panel_of_a_service_that_it_has_scraped() {
    // Limits are counted by whichever recorder the process installs first, which is to be that of this service.
    if env::var_os(ALONE).is_none() {
        let program = env::current_exe().expect("this test is a program");
        let name = "grafana::prometheus_answers_every_panel_of_a_service_that_it_has_scraped";
        let status = Command::new(program).args(["--exact", name, "--nocapture"]).env(ALONE, "1").status();
        assert!(status.expect("it can be run again").success());
        return;
    }
    let dashboards = app().dashboards(&Default::default()).expect("they can be made");
    let rules = app().rules().expect("they can be made").yaml();
    let application = Application::of(app());
    let alertmanager = Daemon::alertmanager();
    let prometheus = Prometheus::alerting(application.admin(), "shop", &rules, alertmanager.address());
    let ask = || {
        for path in ["/users/0", "/users/1", "/secrets", "/nowhere"] {
            curl(&[&application.url(path)]);
        }
        curl(&["--data", "name=ada", &application.url("/users")]);
        curl(&["--json", r#"{"query":"{ hello }"}"#, &application.url("/graphql")]);
    };
    // What has no rate yet gets one.
    let left = until("answers to all", || {
        ask();
        let left = without_answer(&dashboards, &prometheus);
        if left.is_empty() { Ok(left) } else { Err(left) }
    });
    assert!(left.is_empty());
    let panels: usize = dashboards.all().iter().map(|dashboard| dashboard.panels().count()).sum();
    assert!(panels >= 45, "{panels}");
    // And the report of the same.
    let client = Client::new(&Settings::default()).expect("the defaults are right");
    let reporter = Reporter::new(Arc::new(client), &prometheus.url(), None).expect("no token");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
    let hour = Duration::from_secs(3600);
    let report = runtime.block_on(reporter.report("Shop", &dashboards, hour, now)).expect("it answers");
    let html = report.html();
    assert!(html.contains("GET /users/{id}") && html.contains("<polyline"), "{html}");
    assert!(report.markdown().contains("### p99 by route"));
}

/// The panels that show nothing, and so are wrong.
fn without_answer(dashboards: &Dashboards, prometheus: &Prometheus) -> Vec<String> {
    let is_empty = |panel: &&Panel| {
        // Each is asked, so that each can be read.
        let answered = panel.queries.iter().map(|query| prometheus.eval(&complete(&query.expr)));
        answered.filter(|answer| !answer.is_empty()).count() == 0
    };
    let panels = dashboards.all().iter().flat_map(|dashboard| dashboard.panels());
    panels.filter(is_empty).map(|panel| panel.title.clone()).collect()
}

/// As Grafana asks it, of all servers and one route.
fn complete(expr: &str) -> String {
    expr.replace("$__rate_interval", "1m").replace("$instance", ".*").replace("$route", "/users")
}
