//! Documents that ask for more than they look like: each is refused, and what is done before that has a bound.
//!
//! What is done is counted in allocations, which are the same on every machine.

use allocation_counter::measure;
use http::StatusCode;
use http_body_util::Full;
use juniper::futures::FutureExt as _;
use serde_json::{Value, json};
use tower_service::Service;
use tsk_graphql::{Config, GraphQl, Limits};

use crate::{
    client::{ask, posted},
    library::graphql,
};

/// Asks, and says how often memory was asked for, and for how much of it at a time.
fn refused(graphql: &GraphQl, body: &Value) -> (Value, u64, u64) {
    let request = posted(body.to_string());
    let mut answer = None;
    let mut graphql = graphql.clone();
    let work = measure(|| {
        let response = Service::<http::Request<Full<bytes::Bytes>>>::call(&mut graphql, request);
        answer = Some(response.now_or_never().expect("nothing is waited for").unwrap());
    });
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let bytes =
        http_body_util::BodyExt::collect(answer.into_body()).now_or_never().unwrap().unwrap().to_bytes();
    (serde_json::from_slice(&bytes).unwrap(), work.count_total, work.bytes_max)
}

fn limit(document: &str) -> (String, u64, u64) {
    let (answer, count, bytes) = refused(&graphql(), &json!({ "query": document }));
    let extensions = &answer["errors"][0]["extensions"];
    let limit =
        extensions["limit"].as_str().or(extensions["code"].as_str()).unwrap_or_else(|| panic!("{answer}"));
    (limit.to_owned(), count, bytes)
}

fn bomb(rounds: usize) -> String {
    let mut document = "{ author(id: 1) { ...F0 } }".to_owned();
    for at in 0..rounds {
        document += &format!(" fragment F{at} on Author {{ ...F{next} ...F{next} }}", next = at + 1);
    }
    document + &format!(" fragment F{rounds} on Author {{ id }}")
}

#[test]
fn every_bomb_is_refused_with_a_bound_on_what_is_done() {
    let many = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    for (name, document, expected) in [
        ("fragments that double 25 times", bomb(25), "fields"),
        ("2,000 aliases", format!("{{ {} }}", many(2_000, &|at| format!("a{at}: hello "))), "tokens"),
        ("1,000 aliases", format!("{{ {} }}", many(1_000, &|at| format!("a{at}: hello "))), "aliases"),
        ("5,000 directives", format!("{{ hello {} }}", "@skip(if: false) ".repeat(5_000)), "tokens"),
        ("500 directives", format!("{{ hello {} }}", "@skip(if: false) ".repeat(500)), "directives"),
        (
            "a depth of 200",
            format!("{{ author(id: 1) {}{} }}", "{ friends ".repeat(200), "}".repeat(200)),
            "depth",
        ),
        (
            "a depth of 30",
            format!("{{ author(id: 1) {} {{ id }} {} }}", "{ friends ".repeat(30), "}".repeat(30)),
            "depth",
        ),
        ("100,000 braces", "{".repeat(100_000), "tokens"),
        ("3,000 braces", "{".repeat(3_000), "GRAPHQL_PARSE_FAILED"),
        ("one field 3,900 times", format!("{{ {} }}", "hello ".repeat(3_900)), "fields"),
        ("one field 1,900 times", format!("{{ {} }}", "hello ".repeat(1_900)), "root_fields"),
        (
            "400 fragments",
            format!("{{ ...F0 }} {}", many(400, &|at| format!("fragment F{at} on Query {{ hello }} "))),
            "definitions",
        ),
        ("1,000 operations", many(650, &|at| format!("query Q{at} {{ hello }} ")), "definitions"),
        (
            "a list in 200 lists",
            format!("{{ hello(name: {}{}) }}", "[".repeat(200), "]".repeat(200)),
            "depth",
        ),
        (
            "a string of 200 KiB",
            format!("{{ hello(name: \"{}\") {} }}", "x".repeat(200 << 10), "hello ".repeat(30)),
            "root_fields",
        ),
    ] {
        let (limit, allocations, bytes) = limit(&document);
        assert_eq!(limit, expected, "{name}");
        assert!(allocations < 20_000, "{name}: {allocations} allocations");
        assert!(bytes < 4 << 20, "{name}: {bytes} bytes");
    }
}

#[test]
fn a_bomb_of_any_size_takes_work_in_proportion_to_its_text() {
    let per_byte = |rounds| {
        let document = bomb(rounds);
        limit(&document).1 * 1_000 / document.len() as u64
    };
    let (small, large) = (per_byte(13), per_byte(50));
    assert!(large <= small * 2, "{small} allocations a KB, and then {large}");
}

#[test]
fn a_batch_of_500_is_not_read() {
    let request = json!({ "query": "{ hello }" });
    let batch: Value = std::iter::repeat_n(request, 500).collect();
    let (_, allocations, _) = refused(&graphql(), &batch);
    assert!(allocations < 100, "{allocations}");
    let config = Config { batch: 10, ..Config::default() };
    let (_, allocations, _) = refused(&graphql().config(&config).unwrap(), &batch);
    assert!(allocations < 300, "{allocations}");
}

#[test]
fn fragments_that_are_part_of_each_other_end() {
    for document in [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { hello ...G } fragment G on Query { ...F }",
        "{ ...Missing }",
        "{ author(id: 1) { ...F } } fragment F on Author { friends { ...F } }",
    ] {
        assert_eq!(limit(document).0, "GRAPHQL_VALIDATION_FAILED", "{document}");
    }
}

#[tokio::test]
async fn each_limit_counts_what_fragments_spread() {
    let limits = Limits { aliases: 3, directives: 3, fields: 8, depth: 3, ..Limits::default() };
    let graphql = graphql().config(&Config { limits, ..Config::default() }).unwrap();
    for (within, beyond, limit) in [
        (
            "{ ...F ...F } fragment F on Query { a: hello }",
            "{ ...F ...F ...F ...F } fragment F on Query { a: hello }",
            "aliases",
        ),
        (
            "{ ...F @skip(if: false) } fragment F on Query { hello @skip(if: false) @include(if: true) }",
            "{ ...F @skip(if: false) ...F @skip(if: false) } fragment F on Query { hello @skip(if: false) }",
            "directives",
        ),
        (
            "{ ...F ...F } fragment F on Query { author(id: 1) { id name rating } }",
            "{ ...F ...F ...F } fragment F on Query { author(id: 1) { id name } }",
            "fields",
        ),
        (
            "{ author(id: 1) { ...F } } fragment F on Author { friends { id } }",
            "{ author(id: 1) { ...F } } fragment F on Author { friends { friends { id } } }",
            "depth",
        ),
    ] {
        assert_eq!(ask(&graphql, within).await.status, StatusCode::OK, "{within}");
        let answer = ask(&graphql, beyond).await;
        assert_eq!(answer.json()["errors"][0]["extensions"]["limit"], limit, "{beyond}");
    }
}

#[tokio::test]
async fn the_schema_is_told_only_where_it_may_be() {
    let asked = [
        "{ __schema { types { name } } }",
        "{ ...F } fragment F on Query { __type(name: \"Author\") { name } }",
    ];
    for document in asked {
        assert_eq!(ask(&graphql(), document).await.code(), "INTROSPECTION_DISABLED");
    }
    assert_eq!(ask(&graphql(), "{ __typename hello }").await.status, StatusCode::OK);
    let graphql = graphql().config(&Config { introspection: true, ..Config::default() }).unwrap();
    for document in asked {
        assert_eq!(ask(&graphql, document).await.status, StatusCode::OK);
    }
    // Each round multiplies the answer by the fields of the schema.
    let round = |inner: &str| format!("fields {{ type {{ {inner} }} }}");
    let twice = format!("{{ __schema {{ types {{ {} }} }} }}", round(&round("name")));
    assert_eq!(ask(&graphql, &twice).await.status, StatusCode::OK);
    let often = format!("{{ __schema {{ types {{ {} }} }} }}", round(&round(&round(&round("name")))));
    assert_eq!(ask(&graphql, &often).await.json()["errors"][0]["extensions"]["limit"], "introspection");
}

#[test]
fn a_limit_that_juniper_would_not_let_through_is_none() {
    for limits in [
        Limits { tokens: 15_001, ..Limits::default() },
        Limits { depth: 61, ..Limits::default() },
        Limits { depth: 0, ..Limits::default() },
        Limits { fields: 20_000, ..Limits::default() },
    ] {
        assert!(graphql().config(&Config { limits, ..Config::default() }).is_err());
    }
}
