//! Requests that are all different, as clients may send them.
//!
//! A file of its own, because it looks at the memory of its process.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::{Method, Request};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, Endpoint, ObserveLayer, Params, Peer, Policy, RequestContext, RouteTable, Scope};
use tsk_metrics::{Config, Format, Metrics};

mod answers;
use answers::{Answers, poll};

/// What the process may grow by, in bytes.
const GROWTH: u64 = 5 << 20;

#[test]
fn clients_make_no_series_and_take_no_memory() {
    flood(100_000);
}

#[test]
#[ignore = "a minute in a debug build: `cargo test --release -p tsk-metrics --test flood -- --ignored`"]
fn a_million_requests_make_no_series_and_take_no_memory() {
    flood(1_000_000);
}

fn flood(count: u32) {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let routes = [(Some(Method::GET), "/"), (Some(Method::GET), "/users/{id}"), (None, "/any/{*rest}")];
    let routes = RouteTable::new(routes.map(|(method, template)| Endpoint::new(method, template)));
    let unmatched = routes.unmatched().index();
    let mut http = metrics.http();
    http.bind(&routes).unwrap();
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut service = ObserveLayer::new(Arc::new(http)).layer(Answers);
    let mut random = fastrand::Rng::with_seed(42);
    let mut word = |length: usize| -> String { (0..length).map(|_| random.alphabetic()).collect() };
    let mut ask = |index: usize, known: &str| {
        let method = if known.is_empty() { word(8) } else { known.into() };
        let uri = format!("/{}/{}?{}={}", word(10), word(10), word(5), word(5));
        let request = Request::builder().method(&*method).uri(uri);
        let request =
            request.header("host", word(12)).header(word(9), word(20)).header("content-length", "12");
        let mut request = request.body(Body::empty()).unwrap();
        RequestContext::attach(request.extensions_mut(), &scope, index, Params::default());
        drop(poll(service.call(request)));
    };

    const KNOWN: [&str; 10] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", ""];
    for known in KNOWN {
        (0..=unmatched).for_each(|index| ask(index, known));
    }
    let (series, memory) = (lines(&metrics), resident());
    for number in 0..count as usize {
        ask(number % (unmatched + 1), if number % 16 < 9 { KNOWN[number % 16] } else { "" });
    }
    assert_eq!(lines(&metrics), series, "there are other series than before");
    let growth = resident().saturating_sub(memory);
    assert!(growth < GROWTH, "the process grew by {growth} bytes");
    assert_eq!(metrics.percentiles().all.start.requests, u64::from(count) + 10 * (unmatched as u64 + 1));
}

/// The names and labels of all that was counted of requests.
fn lines(metrics: &Metrics) -> Vec<String> {
    let page = String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    let lines = page.lines().filter(|line| line.starts_with("http_"));
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
