//! GraphQL, as its own clients see it.

use std::pin::Pin;
use std::sync::Arc;

use juniper::futures::{Stream, stream};
use juniper::{FieldError, RootNode, graphql_object, graphql_subscription};
use serde_json::{Value, json};
use tsk::graphql::{Config, GraphQl};
use tsk::http::Router;
use tsk_tests::{Application, GraphQlPeer};
use tsk_ws::Sockets;

#[derive(Default)]
struct Caller(Option<String>);

impl juniper::Context for Caller {}

struct Query;

#[graphql_object]
#[graphql(context = Caller)]
impl Query {
    fn hello(name: Option<String>) -> String {
        format!("hello {}", name.unwrap_or_else(|| "you".into()))
    }

    /// Who says in a header that it calls.
    fn caller(context: &Caller) -> Option<&str> {
        context.0.as_deref()
    }
}

struct Mutation;

#[graphql_object]
#[graphql(context = Caller)]
impl Mutation {
    fn write(title: String) -> String {
        title
    }
}

struct Subscription;

type Numbers = Pin<Box<dyn Stream<Item = Result<i32, FieldError>> + Send>>;

#[graphql_subscription]
#[graphql(context = Caller)]
impl Subscription {
    async fn count(to: i32) -> Numbers {
        Box::pin(stream::iter((1..=to).map(Ok)))
    }

    async fn forever() -> Numbers {
        Box::pin(stream::pending())
    }
}

/// A schema with something of everything.
pub(crate) fn schema() -> GraphQl {
    GraphQl::with_context(RootNode::new(Query, Mutation, Subscription), |request| {
        let caller = request.headers.get("x-caller").and_then(|caller| caller.to_str().ok());
        Caller(caller.map(str::to_owned))
    })
}

/// A service of GraphQL at `/graphql`.
pub(crate) fn routes() -> Router {
    let config = Config { introspection: true, ..Config::default() };
    let graphql = schema().config(&config).expect("settings");
    Router::new().service("/graphql", graphql.sockets(Arc::new(Sockets::default())))
}

fn serve() -> (Application, String) {
    let application = Application::start(routes());
    let url = application.url("/graphql");
    (application, url)
}

#[test]
fn every_audit_of_graphql_http_is_passed() {
    let (_application, url) = serve();
    let audits = GraphQlPeer::Audit.visit(&url);
    let audits = audits.as_array().expect("a list");
    assert!(audits.len() >= 60, "{} audits", audits.len());
    for audit in audits {
        assert_eq!(audit["status"], "ok", "{audit}");
    }
}

fn counted(to: i32) -> Vec<Value> {
    (1..=to).map(|count| json!({ "data": { "count": count } })).collect()
}

#[test]
fn the_client_of_graphql_ws_asks_over_a_socket() {
    let (_application, url) = serve();
    let said = GraphQlPeer::Sockets.visit(&url);
    assert_eq!(said["query"], json!([{ "data": { "hello": "hello there" } }]), "{said}");
    assert_eq!(said["mutation"], json!([{ "data": { "write": "x" } }]));
    assert_eq!(said["subscription"], json!(counted(5)));
    assert_eq!(said["together"], json!((0..20).collect::<Vec<_>>()));
    assert_eq!(said["invalid"]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{said}");
    assert_eq!(said["after"], json!([{ "data": { "hello": "hello you" } }]));
    assert_eq!((&said["stranger"]["code"], &said["protocol"]), (&json!(4403), &json!(4406)), "{said}");
}

#[test]
fn the_client_of_graphql_sse_asks_for_events() {
    let (_application, url) = serve();
    let said = GraphQlPeer::Events.visit(&url);
    assert_eq!(said["query"], json!([{ "data": { "hello": "hello you" } }]), "{said}");
    assert_eq!(said["subscription"], json!(counted(5)));
    assert!(!said["invalid"].is_null(), "{said}");
}
