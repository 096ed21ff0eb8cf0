//! Subscriptions as server-sent events.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::json;
use std::sync::Arc;
use tower_service::Service as _;
use tsk_core::{Drain, Peer, Principal, RequestContext, RouteTable, Scope, context::Params, principal::Kind};

use crate::{
    client::{Answer, ask, posted, send},
    library::{graphql, library},
};

async fn streamed(document: &str) -> Answer {
    let mut request = posted(json!({ "query": document }).to_string());
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
    send(&graphql(), request).await
}

fn text(answer: &Answer) -> &str {
    str::from_utf8(&answer.body).unwrap()
}

#[tokio::test]
async fn a_subscription_is_an_event_for_each_of_its_answers() {
    let answer = streamed("subscription { count(to: 2) }").await;
    assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        text(&answer),
        "event: next\ndata: {\"data\":{\"count\":1}}\n\nevent: next\ndata: {\"data\":{\"count\":2}}\n\nevent: complete\ndata:\n\n"
    );
}

#[tokio::test]
async fn a_query_is_one_event() {
    let answer = streamed("{ hello }").await;
    assert_eq!(
        text(&answer),
        "event: next\ndata: {\"data\":{\"hello\":\"hello you\"}}\n\nevent: complete\ndata:\n\n"
    );
}

#[tokio::test]
async fn what_does_not_begin_is_no_stream() {
    for document in ["subscription { nothing }", "subscription { a: count(to: 1) b: count(to: 1) }", "{"] {
        let answer = streamed(document).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{document}");
        assert!(answer.header("content-type").starts_with("application/graphql-response+json"));
    }
}

#[tokio::test]
async fn a_mistake_in_its_variables_is_an_event() {
    let answer = streamed("subscription($to: Int!) { count(to: $to) }").await;
    assert!(
        text(&answer).contains("BAD_USER_INPUT") && text(&answer).ends_with("event: complete\ndata:\n\n")
    );
}

#[tokio::test]
async fn a_subscription_without_a_stream_is_refused() {
    let (graphql, _) = library();
    let answer = ask(&graphql, "subscription { count(to: 2) }").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
}

#[tokio::test]
async fn a_stream_ends_with_the_service_and_with_the_proof_of_who_asks() {
    for is_drained in [true, false] {
        let drain = Drain::new();
        let scope =
            Arc::new(Scope::new(Arc::new(RouteTable::default()), Peer::default()).with_drain(drain.clone()));
        let mut request = posted(json!({ "query": "subscription { forever }" }).to_string());
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        let context = RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        if is_drained {
            drain.start();
        } else {
            let ada = Principal::new("ada", Kind::User).expires(SystemTime::now() - Duration::from_secs(1));
            context.set_principal(ada);
        }
        let response = graphql().call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "");
    }
}
