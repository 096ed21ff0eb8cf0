//! A schema that is a contract: what is written for it compiles, and is held against it.

#![allow(clippy::unwrap_used)]

use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower_service::Service as _;
use tsk_graphql::{Config, Costs, GraphQl, sdl};

/// What `scaffold` has written for `schema.graphql`.
#[allow(dead_code, unreachable_pub, reason = "it is written for an application, which would use it")]
mod written {
    include!("written.in");
}

const SCHEMA: &str = include_str!("schema.graphql");

fn graphql() -> GraphQl {
    GraphQl::new(written::schema())
}

async fn ask(graphql: &GraphQl, document: &str) -> Value {
    let body = Full::new(bytes::Bytes::from(json!({ "query": document }).to_string()));
    let request = http::Request::post("/").header("content-type", "application/json").body(body).unwrap();
    let response = graphql.clone().call(request).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[test]
fn what_is_written_is_what_was_written() {
    let code = sdl::scaffold(SCHEMA).unwrap();
    if std::env::var_os("TSK_WRITE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/written.in"), &code).unwrap();
    }
    assert!(
        code == include_str!("written.in"),
        "write it again with TSK_WRITE=1, and look at the difference"
    );
}

#[test]
fn what_is_written_keeps_the_contract() {
    graphql().check(SCHEMA).unwrap();
}

#[test]
fn a_contract_that_is_not_kept_is_told_line_by_line() {
    let contract =
        SCHEMA.replace("stars: Int!", "stars: Float!").replace("  now: DateTime!\n", "  later: DateTime!\n");
    let error = graphql().check(&contract).unwrap_err().to_string();
    assert_eq!(
        error,
        "the code is not what the schema says: Query.later: `DateTime!` is gone; Query.now: `DateTime!` is new; Review.stars: `Float!` is now `Int!`"
    );
}

#[tokio::test]
async fn a_resolver_that_is_not_written_says_so() {
    let answer = ask(&graphql(), "{ product(id: \"1\") { id } }").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_IMPLEMENTED");
}

#[tokio::test]
async fn costs_are_those_of_the_contract() {
    let config = Config { report_cost: true, ..Config::default() };
    let graphql = graphql().config(&config).unwrap().costs(Costs::from_sdl(SCHEMA).unwrap()).unwrap();
    let answer = ask(&graphql, "{ products(first: 3) { name } }").await;
    assert_eq!(answer["extensions"]["cost"]["estimated"], 6);
    for wrong in ["type Query { a: Int @cost }", "type Query { a: [Int] @listSize(assumedSize: \"x\") }"] {
        assert!(Costs::from_sdl(wrong).unwrap_err().to_string().starts_with("Query.a: "), "{wrong}");
    }
}

#[test]
fn a_schema_that_cannot_be_written_for_is_refused() {
    for schema in ["type A { a: Int }", "type Query { a: Context } type Context { a: Int }", "type Query {"] {
        assert!(sdl::scaffold(schema).is_err(), "{schema}");
    }
}

#[test]
fn lists_of_objects_are_those_that_are_looked_through_at_once() {
    let schema = "type Query { all: [A!]! some: [A!] with_gaps: [A]! numbers: [Int!]! } type A { a: Int }";
    let code = sdl::scaffold(schema).unwrap();
    for of in [
        "Result<List<A>, Fault>",
        "Result<Option<List<A>>, Fault>",
        "Result<Vec<Option<A>>, Fault>",
        "Vec<i32>",
    ] {
        assert!(code.contains(of), "{of}: {code}");
    }
    // A type of the schema has the name.
    let code = sdl::scaffold(&format!("{schema} type List {{ a: Int }}")).unwrap();
    assert!(code.contains("Result<Vec<A>, Fault>") && !code.contains("{Fault, List}"), "{code}");
}
