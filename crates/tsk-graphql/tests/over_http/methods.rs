//! What may come by which method: GraphQL over HTTP §5.

use std::sync::atomic::Ordering;

use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::{
    client::{get, post, send},
    library::{graphql, library},
};

#[tokio::test]
async fn a_query_is_answered_by_get() {
    let answer = get(&graphql(), "query=%7B+hello(name:%22%C3%A4%22)%20%7D").await;
    assert_eq!(answer.json()["data"]["hello"], "hello ä");
    let query = "query=query+Q($id:Int!){author(id:$id){id}}%20query+R{hello}";
    let answer =
        get(&graphql(), &format!("{query}&operationName=Q&variables=%7B%22id%22%3A3%7D&extensions=%7B%7D"))
            .await;
    assert_eq!(answer.json()["data"]["author"]["id"], 3);
}

#[tokio::test]
async fn a_parameter_that_is_malformed_or_comes_twice_is_refused() {
    for query in [
        "",
        "quer=1",
        "query={hello}&query={hello}",
        "query={hello}&variables=7",
        "query={hello}&variables=[]",
        "query={hello}&variables={",
        "query=%ff",
        "query={hello}&extensions=%22%22",
    ] {
        let answer = get(&graphql(), query).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_mutation_is_not_run_by_get() {
    let (graphql, library) = library();
    for query in [
        "query=mutation{write(title:%22x%22)}",
        "query=query+A{hello}%20mutation+B{write(title:%22x%22)}&operationName=B",
    ] {
        let answer = get(&graphql, query).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    }
    assert_eq!(library.written.load(Ordering::Relaxed), 0);
    let answer = post(&graphql, &json!({ "query": "mutation { write(title: \"x\") }" })).await;
    assert_eq!(answer.json()["data"]["write"], "x");
    assert_eq!(library.written.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn any_other_method_is_told_which_there_are() {
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "QUERY"] {
        let request = Request::builder().method(method).uri("/graphql?query={hello}");
        let answer = send(&graphql(), request.body(Full::default()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn which_operation_is_meant_has_to_be_clear() {
    let document = "query A { hello } query B { hello(name: \"b\") }";
    let graphql = graphql();
    let ask = async |name| post(&graphql, &json!({ "query": document, "operationName": name })).await;
    assert_eq!(ask(Some("B")).await.json()["data"]["hello"], "hello b");
    assert_eq!(ask(None).await.code(), "OPERATION_RESOLUTION_FAILURE");
    assert_eq!(ask(Some("C")).await.code(), "OPERATION_RESOLUTION_FAILURE");
}
