//! What is different about a `List`: the order, what is done once, and what waits together.

use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use juniper::Variables;
use serde_json::json;
use tower_service::Service as _;
use tsk_graphql::{Config, GraphQl};

use crate::schema::{World, schema};

async fn answer(document: &str) -> String {
    let graphql = GraphQl::with_context(schema(), |_| World::new(1)).config(&Config::default()).unwrap();
    let body = Full::new(Bytes::from(json!({ "query": document }).to_string()));
    let request = http::Request::post("/").header("content-type", "application/json").body(body).unwrap();
    let response = graphql.clone().call(request).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

#[tokio::test]
async fn fields_are_in_the_order_of_the_document() {
    let document =
        "{ listed(first: 2) { slow ...F __typename nick failsLate } } fragment F on Person { name id }";
    assert_eq!(
        answer(document).await,
        r#"{"data":{"listed":[{"slow":0,"name":"\"ab\"","id":0,"__typename":"Person","nick":"nick 0","failsLate":0.0},{"slow":1,"name":"\"ab\"","id":1,"__typename":"Person","nick":null,"failsLate":0.25}]}}"#
    );
}

#[tokio::test]
async fn what_is_asked_for_twice_is_resolved_once() {
    let document = "{ listed(first: 5) { id ...F ... on Being { id } } } fragment F on Person { id }";
    let world = World::new(1);
    juniper::execute(document, None, &schema(), &Variables::new(), &world).await.unwrap();
    assert_eq!(world.ids.load(Relaxed), 5);
}

#[tokio::test]
async fn all_objects_wait_together() {
    let world = World::new(40);
    let document = "{ listed(first: 40) { id together } }";
    let (data, errors) =
        juniper::execute(document, None, &schema(), &Variables::new(), &world).await.unwrap();
    assert!(errors.is_empty());
    assert_eq!(data.to_string().matches("\"together\": true").count(), 40, "{data}");
}

#[tokio::test]
async fn a_loader_is_asked_once_for_each_level() {
    let world = World::new(1);
    let document = "{ listed(first: 6) { loaded { id listed(first: 4) { slow loaded { listed(first: 2) { loaded { id } } } } } } }";
    let (_, errors) = juniper::execute(document, None, &schema(), &Variables::new(), &world).await.unwrap();
    assert!(errors.is_empty());
    // Of what was known already, nobody is asked again.
    assert_eq!(world.batches.lock().unwrap().len(), 3);
}
