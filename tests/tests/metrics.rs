//! Metrics, as Prometheus and its tools read them.

use std::sync::Arc;

use tsk::core::{ObserveLayer, RequestContext, context::Trace};
use tsk::prelude::*;
use tsk_metrics::{Config, Format, Metrics, Scrape};
use tsk_tests::{Application, Prometheus, check_openmetrics, check_text, curl};

const COUNT: &str = "http_server_request_duration_seconds_count";

/// Two routes that are counted, and the metrics: `/negotiated` as is asked for, `/text` always in the text format.
fn application() -> Application {
    let metrics = Metrics::new(&Config::default()).expect("the defaults are right");
    metrics.build("test", "1.0.0", "");
    ::metrics::with_local_recorder(metrics.recorder(), || {
        ::metrics::describe_counter!("strange_total", "What is \"strange\"\\\n.");
        ::metrics::counter!("strange_total", "text" => "a \"b\" \\ c\nd").increment(7);
    });
    let traced = |context: RequestContext| async move {
        context.set_trace(Trace { id: 0xabc, span: 0xdef, is_sampled: true });
        "traced"
    };
    let http = metrics.http().route_by(|head| Some(head.context.endpoint().template()));
    let counted = Router::new()
        .route(get("/users/{id}", |Path(id): Path<u64>| async move { id.to_string() }))
        .route(get("/traced", traced))
        .layer(ObserveLayer::new(Arc::new(http)));
    let scrape = Scrape::new(metrics);
    Application::start(
        counted.service("/negotiated", scrape.clone()).service("/text", scrape.always(Format::Text)),
    )
}

fn ask(application: &Application) {
    for path in ["/users/1", "/users/2", "/users/none", "/traced"] {
        curl(&[&application.url(path)]);
    }
}

#[test]
fn both_formats_are_read_without_complaint() {
    let application = application();
    ask(&application);
    let text = curl(&[&application.url("/negotiated")]);
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    check_text(&text.body);
    let accept = "accept: application/openmetrics-text;version=1.0.0";
    let open = curl(&["--header", accept, &application.url("/negotiated")]);
    assert_eq!(
        open.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(open.text().contains("# {trace_id="));
    check_openmetrics(&open.body);
}

#[test]
fn prometheus_scrapes_both_formats_and_keeps_exemplars() {
    let application = application();
    ask(&application);
    let prometheus = Prometheus::scrape(application.address(), &["/negotiated", "/text"]);
    for job in ["/negotiated", "/text"] {
        let of = |labels: &str| format!("query?query={COUNT}{{job=\"{job}\",{labels}}}");
        let users = prometheus.query(&of("http_route=\"/users/{id}\",http_response_status_code=\"200\""));
        assert_eq!(users[0]["value"][1], "2", "{job}");
        let strange = prometheus.query(&format!("query?query=strange_total{{job=\"{job}\"}}"));
        assert_eq!(
            (&strange[0]["value"][1], &strange[0]["metric"]["text"]),
            (&"7".into(), &"a \"b\" \\ c\nd".into())
        );
        let built =
            prometheus.query(&format!("query?query=build_info{{job=\"{job}\",service_name=\"test\"}}"));
        assert_eq!(built[0]["value"][1], "1");
    }
    let bucket = "http_server_request_duration_seconds_bucket";
    let path = format!("query_exemplars?query={bucket}{{http_route=\"/traced\"}}&start=0&end=9999999999");
    let exemplars = prometheus.query(&path);
    let labels = &exemplars[0]["exemplars"][0]["labels"];
    assert_eq!(labels["trace_id"], "00000000000000000000000000000abc");
    assert_eq!(labels["span_id"], "0000000000000def");
}

#[test]
fn prometheus_scrapes_the_admin_listener_of_a_service() {
    let routes = Router::new().route(get("/users/{id}", |Path(id): Path<u64>| async move { id.to_string() }));
    let application = Application::start_with_admin(routes);
    ask(&application);
    let prometheus = Prometheus::scrape(application.admin(), &["/metrics"]);
    let count =
        |labels: &str| prometheus.query(&format!("query?query={COUNT}{{{labels}}}"))[0]["value"][1].clone();
    assert_eq!(count("http_route=\"/users/{id}\",http_response_status_code=\"200\""), "2");
    assert_eq!(count("http_route=\"\",http_response_status_code=\"404\""), "1");
    for metric in [
        "server_connections_accepted_total",
        "process_resident_memory_bytes",
        "tokio_workers",
        "tracing_spans_total{result=\"queue_full\"}",
        "tracing_exports_total{result=\"failed\"}",
    ] {
        assert!(!prometheus.query(&format!("query?query={metric}")).is_empty());
    }
}
