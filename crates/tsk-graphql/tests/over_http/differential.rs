//! juniper_hyper answers as we do, where it does what the specification says.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::{
    client::{get, post},
    library::{Library, library, schema},
};

async fn reference(library: &Library, request: Request<Full<Bytes>>) -> (StatusCode, Value) {
    let response = juniper_hyper::graphql(Arc::new(schema()), Arc::new(library.clone()), request).await;
    (response.status(), serde_json::from_str(response.body()).unwrap_or_default())
}

/// What both are asked. Their answers have the same data, and errors at the same places.
const DOCUMENTS: &[&str] = &[
    "{ hello }",
    "{ a: hello b: hello(name: \"x\") __typename }",
    "{ author(id: 3) { id name rating friends(first: 2) { id friends(first: 1) { name } } } }",
    "{ authors { ...F books { items { title author { ...F } } } } } fragment F on Author { id ... on Author { name } }",
    "query Q($n: Int = 2, $yes: Boolean = true) { authors(first: $n) @include(if: $yes) { id @skip(if: $yes) name } }",
    "{ author(id: 99) { id } }",
    "{ hello author(id: 1) { email } }",
    "{ broken }",
    "mutation { write(title: \"x\") again: write(title: \"\u{e9}\\u{1F600}\") }",
    "{ nothing }",
    "{ hello(name: 7) }",
    "{",
    "query($x: Int!) { author(id: $x) { id } }",
    "{ authors(first: 50) { id name rating } }",
];

#[tokio::test]
async fn the_data_is_the_same() {
    for document in DOCUMENTS {
        let body = json!({ "query": document, "variables": {} });
        let (graphql, own) = library();
        let other = Library::default();
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        let (_, theirs) = reference(&other, request.body(Full::from(body.to_string())).unwrap()).await;
        let ours = post(&graphql, &body).await.json();
        assert_eq!(ours.get("data"), theirs.get("data"), "{document}");
        let places = |answer: &Value| -> Vec<Value> {
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            errors.into_iter().map(|error| json!([error["path"], error["locations"]])).collect()
        };
        assert_eq!(places(&ours), places(&theirs), "{document}");
        assert_eq!(own.written.load(Ordering::Relaxed), other.written.load(Ordering::Relaxed));
    }
}

/// Why it is the reference and not the handler. If this fails, look at decision 0049 again.
#[tokio::test]
async fn it_runs_a_mutation_that_is_a_link_and_we_do_not() {
    let other = Library::default();
    let link = "/?query=mutation%7Bwrite(title:%22x%22)%7D";
    let (status, _) = reference(&other, Request::get(link).body(Full::default()).unwrap()).await;
    assert_eq!((status, other.written.load(Ordering::Relaxed)), (StatusCode::OK, 1));
    let (graphql, own) = library();
    let answer = get(&graphql, &link[2..]).await;
    assert_eq!((answer.status, own.written.load(Ordering::Relaxed)), (StatusCode::METHOD_NOT_ALLOWED, 0));
}
