#![allow(clippy::unwrap_used)]

use super::*;
use crate::{record::ServerSpan, requests::Requests, sample, texts::Texts};

const SECOND: u64 = 1_000_000_000;

fn waiting(server: Vec<(ServerSpan, &str)>, inner: Vec<SpanData>) -> Waiting {
    let mut requests = Requests::default();
    for (span, agent) in server {
        let mut texts = Texts::new();
        texts.push(Text::Agent, agent.as_bytes());
        requests.push(span, &texts);
    }
    sample::waiting(requests, inner)
}

fn agent(name: &str) -> (ServerSpan, &str) {
    (sample::server(1), name)
}

#[test]
fn callers_are_known_by_their_product_and_services_by_their_name() {
    let dependencies = Dependencies::default();
    let mut failed = agent("cart/2.0 (linux)");
    failed.0.status = 500;
    let mut late = sample::client(1, 3, &[("server.address", "db.internal")]);
    late.start_time = late.end_time - std::time::Duration::from_millis(80);
    late.status = Status::error("");
    let inner = vec![
        sample::client(1, 2, &[("server.address", "10.0.0.1"), ("peer.service", "billing")]),
        late,
        sample::client(1, 4, &[("db.system.name", "redis")]),
        sample::client(1, 5, &[]),
        sample::inner(1, 6, 1, "not a call"),
    ];
    dependencies.take(&waiting(vec![agent("cart/1.0"), failed, agent("")], inner), SECOND);
    let shown = dependencies.show(11 * SECOND);
    let incoming = shown["incoming"]["names"].as_array().unwrap();
    assert_eq!(incoming.len(), 2, "{shown:#}");
    assert_eq!((&incoming[0]["name"], &incoming[0]["count"]), (&json!("cart"), &json!(2)));
    assert_eq!((&incoming[0]["failed"], &incoming[0]["per_second"]), (&json!(1), &json!(0.2)));
    assert_eq!(incoming[1]["name"], "unknown");
    let outgoing = shown["outgoing"]["names"].as_array().unwrap();
    let names: Vec<_> = outgoing.iter().map(|edge| edge["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["billing", "db.internal", "redis", "unknown"]);
    assert!(outgoing[1]["p99_us"].as_u64().unwrap().abs_diff(80_000) <= 5000);
    assert_eq!(outgoing[1]["failed"], 1);
}

#[test]
fn callers_of_any_number_of_names_are_bounded_and_all_are_counted() {
    let dependencies = Dependencies::default();
    for number in 0..5000 {
        let hostile = format!("hostile-{number}\u{1b}[31m{}", "x".repeat(100));
        dependencies.take(&waiting(vec![agent(&hostile), agent("cart/1.0")], Vec::new()), SECOND);
    }
    let shown = dependencies.show(SECOND);
    let names = shown["incoming"]["names"].as_array().unwrap();
    assert_eq!(names.len(), NAMES);
    assert_eq!((&names[0]["name"], &names[0]["count"]), (&json!("cart"), &json!(5000)));
    let named: u64 = names.iter().map(|edge| edge["count"].as_u64().unwrap()).sum();
    assert_eq!(named + shown["incoming"]["others"]["count"].as_u64().unwrap(), 10_000);
    assert!(names.iter().all(|edge| edge["name"].as_str().unwrap().chars().count() <= NAME));
    assert!(!shown.to_string().contains("u001b"));
}
