//! GraphQL, as its own clients see it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use http::Request;
use http_body_util::BodyExt as _;
use juniper::futures::{Stream, stream};
use juniper::{EmptyMutation, EmptySubscription, FieldError, RootNode, graphql_object, graphql_subscription};
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};
use tsk::graphql::{Batch, Config, Fault, GraphQl, Loader, Upload, Uploads};
use tsk::http::Router;
use tsk_core::{Body, Endpoint, ObserveLayer, Policy as _, RouteTable};
use tsk_tests::{Application, GraphQlPeer, Receiver};
use tsk_trace::{Sampling, Tracing};
use tsk_ws::Sockets;

struct Caller {
    name: Option<String>,
    uploads: Uploads,
}

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
        context.name.as_deref()
    }
}

struct Mutation;

#[graphql_object]
#[graphql(context = Caller)]
impl Mutation {
    fn write(title: String) -> String {
        title
    }

    fn lengths(context: &Caller, files: Vec<Upload>) -> Result<Vec<i32>, Fault> {
        let length = |file| Ok(i32::try_from(context.uploads.get(file)?.content.len())?);
        files.into_iter().map(length).collect()
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
        Caller { name: caller.map(str::to_owned), uploads: Uploads::of(request) }
    })
}

/// A service of GraphQL at `/graphql`.
pub(crate) fn routes() -> Router {
    let mut config = Config { introspection: true, ..Config::default() };
    config.uploads.files = 3;
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

#[test]
fn files_come_as_browsers_send_them_if_they_have_asked_first() {
    let (_application, url) = serve();
    let said = GraphQlPeer::Files.visit(&url);
    assert_eq!(said["taken"]["answer"], json!({ "data": { "lengths": [0, 100_000, 7] } }), "{said}");
    for refused in ["simple", "many"] {
        assert_eq!(said[refused]["status"], 400, "{said}");
        assert_eq!(said[refused]["answer"]["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{said}");
    }
}

struct Doubles;

impl Batch for Doubles {
    type Key = i32;
    type Value = i32;

    fn name(&self) -> &'static str {
        "doubles"
    }

    async fn load(&self, keys: Vec<i32>) -> Result<HashMap<i32, i32>, Fault> {
        Ok(keys.into_iter().map(|key| (key, key * 2)).collect())
    }
}

struct Loading(Loader<Doubles>);

impl juniper::Context for Loading {}

struct Loaded;

#[graphql_object]
#[graphql(context = Loading)]
impl Loaded {
    async fn double(context: &Loading, of: i32) -> Result<Option<i32>, Fault> {
        context.0.load(of).await
    }

    fn broken() -> Result<Option<i32>, Fault> {
        Err(std::io::Error::other("no connection"))?
    }
}

/// The spans of requests, as a collector has them.
fn spans(config: &Config, documents: &[&str]) -> Vec<Value> {
    let receiver = Receiver::start();
    let mut traced = tsk_trace::Config { sampling: Sampling::Always, ..Default::default() };
    traced.export.endpoint = Some(receiver.endpoint());
    let tracing = Tracing::new(traced).expect("settings");
    let schema = RootNode::new(Loaded, EmptyMutation::new(), EmptySubscription::new());
    let graphql = GraphQl::with_context(schema, |_| Loading(Loader::new(Doubles)));
    let mut observer = tracing.observer();
    observer.bind(&RouteTable::new([Endpoint::new(None, "/graphql")])).expect("routes");
    let mut service = ObserveLayer::new(Arc::new(observer)).layer(graphql.config(config).expect("settings"));
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _guard = subscriber.set_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for document in documents {
            let body = Body::from(json!({ "query": document }).to_string());
            let request = Request::post("/graphql").header("content-type", "application/json").body(body);
            let answer = service.call(request.expect("a request")).await.expect("it cannot fail");
            answer.into_body().collect().await.expect("an answer");
        }
        assert!(tracing.flush().await);
    });
    receiver.spans()
}

fn span<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"))
}

fn text<'a>(span: &'a Value, key: &str) -> Option<&'a str> {
    let attribute = span["attributes"].as_array()?.iter().find(|attribute| attribute["key"] == key)?;
    attribute["value"]["stringValue"].as_str()
}

#[test]
fn an_operation_is_a_span_below_its_request_and_above_its_batches() {
    let spans =
        spans(&Config::default(), &["query Twice { a: double(of: 1) b: double(of: 2) }", "{ broken }"]);
    let (twice, load) = (span(&spans, "query Twice"), span(&spans, "load"));
    let above = |span: &Value| spans.iter().find(|other| other["spanId"] == span["parentSpanId"]).cloned();
    assert_eq!(above(load).expect("a parent")["name"], "query Twice");
    assert_eq!(above(twice).expect("a parent")["kind"], "SPAN_KIND_SERVER");
    assert_eq!(text(twice, "graphql.operation.type"), Some("query"));
    assert_eq!(text(twice, "graphql.operation.name"), Some("Twice"));
    assert_eq!(text(twice, "graphql.document"), None);
    assert_eq!(text(load, "loader"), Some("doubles"));
    // What was masked has failed, and what was answered has not.
    assert_eq!(span(&spans, "query")["status"]["code"], "STATUS_CODE_ERROR");
    assert_eq!(twice["status"]["code"], Value::Null, "{twice}");
}

#[test]
fn the_document_is_in_the_span_only_where_that_is_wanted() {
    let config = Config { trace_document: true, ..Config::default() };
    let spans = spans(&config, &["query Once { double(of: 1) }"]);
    assert_eq!(text(span(&spans, "query Once"), "graphql.document"), Some("query Once { double(of: 1) }"));
}
