//! Where a program has installed a recorder of somebody else.
//!
//! A file of its own, because a process has one recorder.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::{Method, Request};
use metrics_exporter_prometheus::PrometheusBuilder;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, Endpoint, ObserveLayer, Params, Peer, Policy, RequestContext, RouteTable, Scope};
use tsk_metrics::{Config, Format, Metrics};

mod answers;
use answers::{Answers, poll};

#[test]
fn the_recorder_of_somebody_else_stays_and_is_told() {
    let theirs = PrometheusBuilder::new().build_recorder();
    let page = theirs.handle();
    metrics::set_global_recorder(theirs).unwrap();

    let metrics = Metrics::new(&Config::default()).unwrap();
    let error = metrics.install().unwrap_err();
    assert!(error.is_installed(), "{error}");
    metrics::counter!("jobs_total").increment(1);

    let routes = RouteTable::new([Endpoint::new(Some(Method::POST), "/users")]);
    let mut http = metrics.http();
    http.bind(&routes).unwrap();
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut service = ObserveLayer::new(Arc::new(http)).layer(Answers);
    let mut request = Request::post("/users").header("content-length", "7").body(Body::empty()).unwrap();
    RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
    let answer = poll(service.call(request));
    let labels = r#"http_request_method="POST",http_route="/users""#;
    let active = "http_server_active_requests{http_request_method=\"POST\"}";
    assert!(page.render().contains(&format!("{active} 1\n")));
    drop(answer);

    let told = page.render();
    for line in [
        "jobs_total 1".to_owned(),
        format!("{active} 0"),
        format!(
            "http_server_request_duration_seconds_count{{{labels},http_response_status_code=\"200\",error_type=\"cancelled\"}} 1"
        ),
        format!("http_server_request_body_size_bytes_sum{{{labels}}} 7"),
        format!("http_server_response_body_size_bytes_count{{{labels}}} 1"),
    ] {
        assert!(told.lines().any(|told| told == line), "no {line} in:\n{told}");
    }
    let ours = metrics.render(Format::Text);
    let ours = std::str::from_utf8(&ours).unwrap();
    assert!(ours.contains(&format!("http_server_request_body_size_bytes_sum{{{labels}}} 7\n")));
    assert!(!ours.contains("jobs_total"));
}
