//! Documents that are named, and not sent.

use http::StatusCode;
use serde_json::{Value, json};
use tsk_graphql::{Config, GraphQl, Trusted};

use crate::{
    client::{Answer, get, post},
    library::graphql,
};

/// `printf '{ hello }' | sha256sum`
const HASH: &str = "001c3174e099bd72b729d0c0a529ba9f5a740c446e2a6e1d71b283cb84ec3065";

fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn by_hash(graphql: &GraphQl, hash: &str) -> Answer {
    post(graphql, &json!({ "extensions": named(hash) })).await
}

#[tokio::test]
async fn a_document_that_was_sent_once_is_known_by_its_hash() {
    let graphql = graphql();
    let answer = by_hash(&graphql, HASH).await;
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(answer.json()["errors"][0]["message"], "PersistedQueryNotFound");
    let answer = post(&graphql, &json!({ "query": "{ hello }", "extensions": named(HASH) })).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json());
    assert_eq!(by_hash(&graphql, HASH).await.json()["data"]["hello"], "hello you");
    let query =
        format!("extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{HASH}%22%7D%7D");
    assert_eq!(get(&graphql, &query).await.json()["data"]["hello"], "hello you");
}

#[tokio::test]
async fn nobody_can_give_a_hash_another_document() {
    let graphql = graphql();
    let answer =
        post(&graphql, &json!({ "query": "{ hello(name: \"evil\") }", "extensions": named(HASH) })).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    assert_eq!(by_hash(&graphql, HASH).await.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_valid_is_not_remembered() {
    // `printf '{ no }' | sha256sum`
    let hash = "1fa480d0f3491699e387da284fe95ce000f2f516c7c88c4a2332b19451ea6c7e";
    let graphql = graphql();
    post(&graphql, &json!({ "query": "{ no }", "extensions": named(hash) })).await;
    assert_eq!(by_hash(&graphql, hash).await.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn hashes_are_not_taken_where_they_are_off() {
    let graphql = graphql().config(&Config { persisted: false, ..Config::default() }).unwrap();
    assert_eq!(by_hash(&graphql, HASH).await.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
}

#[tokio::test]
async fn a_hash_that_is_none_is_refused() {
    for extensions in [
        named("abc"),
        named(&"g".repeat(64)),
        json!({ "persistedQuery": { "version": 2, "sha256Hash": HASH } }),
        json!({ "persistedQuery": 7 }),
    ] {
        let answer = post(&graphql(), &json!({ "query": "{ hello }", "extensions": extensions })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{extensions}");
    }
}

fn trusted() -> Trusted {
    let manifest = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": "greet", "name": "Greet", "type": "query", "body": "query Greet($n: String) { hello(name: $n) }" }],
    });
    Trusted::from_manifest(&manifest.to_string()).unwrap()
}

#[tokio::test]
async fn a_trusted_document_is_run_by_its_id_and_others_as_well() {
    let graphql = graphql().trusted(trusted()).unwrap();
    let answer = post(&graphql, &json!({ "documentId": "greet", "variables": { "n": "x" } })).await;
    assert_eq!(answer.json()["data"]["hello"], "hello x");
    assert_eq!(get(&graphql, "documentId=greet").await.json()["data"]["hello"], "hello you");
    assert_eq!(post(&graphql, &json!({ "query": "{ hello }" })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_else_is_run_where_only_what_is_trusted_is() {
    let graphql = graphql().trusted(trusted().strict()).unwrap();
    assert_eq!(post(&graphql, &json!({ "documentId": "greet" })).await.status, StatusCode::OK);
    // The same document as text, as from a client that does not know ids yet.
    let document = "query Greet($n: String) { hello(name: $n) }";
    assert_eq!(post(&graphql, &json!({ "query": document })).await.status, StatusCode::OK);
    for request in [
        json!({ "query": "{ hello }" }),
        json!({ "query": "{ hello }", "extensions": named(HASH) }),
        json!({ "extensions": named(HASH) }),
        json!({ "documentId": "other" }),
    ] {
        let answer = post(&graphql, &request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{request}");
    }
}

#[test]
fn a_manifest_that_does_not_fit_the_schema_does_not_start() {
    let manifest = |document: &str| Trusted::from_manifest(&json!({ "one": document }).to_string()).unwrap();
    let error = graphql().trusted(manifest("{ nothing }")).unwrap_err().to_string();
    assert!(error.starts_with("the trusted document `one`: "), "{error}");
    for manifest in ["", "[]", "7", r#"{"a":1}"#, r#"{"operations":[{"id":"a"}]}"#] {
        assert!(Trusted::from_manifest(manifest).is_err(), "{manifest}");
    }
}
