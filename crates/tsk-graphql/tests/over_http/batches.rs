//! Several requests in a body.

use http::StatusCode;
use serde_json::{Value, json};
use tsk_graphql::Config;

use crate::{client::post, library::graphql};

fn batch(length: usize) -> Value {
    (0..length).map(|at| json!({ "query": "query($n: String) { hello(name: $n) }", "variables": { "n": at.to_string() } })).collect()
}

#[tokio::test]
async fn a_batch_is_refused_unless_it_is_allowed() {
    let answer = post(&graphql(), &batch(1)).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_up_to_the_length_that_is_allowed() {
    let graphql = graphql().config(&Config { batch: 3, ..Config::default() }).unwrap();
    let answer = post(&graphql, &batch(3)).await;
    assert_eq!(answer.status, StatusCode::OK);
    for (at, answer) in answer.json().as_array().unwrap().iter().enumerate() {
        assert_eq!(answer["data"]["hello"], format!("hello {at}"));
    }
    for length in [0, 4, 500] {
        assert_eq!(post(&graphql, &batch(length)).await.status, StatusCode::BAD_REQUEST, "{length}");
    }
    let positional = json!([["{ hello }"]]);
    assert_eq!(post(&graphql, &positional).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn one_that_cannot_be_run_does_not_stop_the_others() {
    let graphql = graphql().config(&Config { batch: 3, ..Config::default() }).unwrap();
    let answer = post(&graphql, &json!([{ "query": "{ nothing }" }, { "query": "{ hello }" }])).await.json();
    assert_eq!(answer[0]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answer[1]["data"]["hello"], "hello you");
}
