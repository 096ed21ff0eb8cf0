//! Media types of answers: GraphQL over HTTP §6.1.

use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::Full;

use crate::{
    client::{Answer, posted, send},
    library::graphql,
};

async fn accepting(accept: Option<&'static str>, body: &'static str) -> Answer {
    let mut request = posted(body);
    match accept {
        Some(accept) => request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept)),
        None => request.headers_mut().remove(header::ACCEPT),
    };
    send(&graphql(), request).await
}

const RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

#[tokio::test]
async fn an_answer_has_the_media_type_that_the_client_likes_most() {
    for (accept, media) in [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/graphql-response+json"), RESPONSE),
        (Some("application/graphql-response+json, application/json"), RESPONSE),
        (Some("application/json, application/graphql-response+json"), RESPONSE),
        (Some("application/graphql-response+json;q=0.5, application/json"), JSON),
        (Some("application/graphql-response+json, application/json;q=0.9, */*;q=0.1"), RESPONSE),
        (Some("application/json;q=0, */*"), RESPONSE),
        (Some("application/json; charset=utf-8"), JSON),
        (Some("text/html, application/xhtml+xml, */*;q=0.8"), JSON),
    ] {
        let answer = accepting(accept, r#"{"query":"{ hello }"}"#).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept:?}");
        assert_eq!(answer.header("content-type"), media, "{accept:?}");
        assert_eq!(answer.header("vary"), "accept");
        assert_eq!(answer.json()["data"]["hello"], "hello you");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_json_is_told_so() {
    for accept in ["text/html", "application/json;charset=utf-16", "application/json;q=0", "nonsense", ""] {
        let answer = accepting(Some(accept), r#"{"query":"{ hello }"}"#).await;
        assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
    }
}

#[tokio::test]
async fn a_document_that_is_not_run_is_an_error_of_http_only_for_clients_that_know_it() {
    for body in [
        r#"{"query":"{"}"#,
        r#"{"query":"{ nothing }"}"#,
        r#"{"query":"query($id: Int!) { author(id: $id) { id } }"}"#,
    ] {
        let answer = accepting(Some("application/json"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}");
        assert!(answer.json().get("data").is_none());
        let answer = accepting(Some("application/graphql-response+json"), body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.json().get("data").is_none());
        assert!(answer.json()["errors"][0]["message"].is_string());
    }
}

#[tokio::test]
async fn what_is_no_request_is_an_error_of_http_for_everybody() {
    for body in [
        "",
        "{",
        "[]",
        "7",
        "{}",
        r#"{"query":7}"#,
        r#"{"query":"{ hello }","variables":"{}"}"#,
        r#"{"query":"{ hello }","variables":[]}"#,
        r#"{"query":"{ hello }","operationName":7}"#,
        r#"{"query":"{ hello }","extensions":[]}"#,
        r#"{"query":"{ hello }","query":"{ hello }"}"#,
    ] {
        let answer = accepting(Some("application/json"), body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.code(), "BAD_REQUEST", "{body}");
    }
}

#[tokio::test]
async fn what_is_null_is_as_if_it_were_not_there() {
    let body = r#"{"query":"{ hello }","variables":null,"operationName":null,"extensions":null,"more":[1]}"#;
    assert_eq!(accepting(Some("application/json"), body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_accept_an_old_client_is_answered_as_before() {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let answer = send(&graphql(), request.body(Full::from("{\"query\":\"{ hello }\"}")).unwrap()).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, JSON));
}
