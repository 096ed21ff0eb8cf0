//! What clients are told, and what they are not.

use http::{HeaderValue, StatusCode};
use serde_json::json;
use tsk_core::{Problem, RequestContext, context::RequestId};
use tsk_graphql::Fault;

use crate::{
    client::{ask, post, posted, send},
    library::graphql,
};

#[tokio::test]
async fn an_error_that_was_meant_for_clients_is_told_with_its_code_and_path() {
    let answer = ask(&graphql(), "{\n  author(id: 1) { mail: email } }").await;
    assert_eq!(answer.status, StatusCode::OK);
    let error = &answer.json()["errors"][0];
    assert_eq!(error["message"], "Emails are for librarians.");
    assert_eq!(error["extensions"], json!({ "code": "FORBIDDEN" }));
    assert_eq!(error["path"], json!(["author", "mail"]));
    assert_eq!(error["locations"], json!([{ "line": 2, "column": 19 }]));
    assert_eq!(answer.json()["data"], json!(null));
}

#[tokio::test]
async fn any_other_error_is_masked_and_found_by_the_id_of_the_request() {
    for field in ["broken", "careless", "verbose"] {
        let mut request = posted(json!({ "query": format!("{{ hello {field} }}") }).to_string());
        let context = RequestContext::ensure(request.extensions_mut());
        context.set_request_id(RequestId::adopt(&HeaderValue::from_static("id-7")).unwrap());
        let answer = send(&graphql(), request).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(answer.code(), "INTERNAL");
        assert_eq!(answer.json()["extensions"]["requestId"], "id-7");
        assert_eq!(answer.json()["data"]["hello"], "hello you");
    }
}

#[tokio::test]
async fn an_answer_without_errors_has_nothing_beside_its_data() {
    let answer = ask(&graphql(), "{ hello }").await;
    assert_eq!(&answer.body[..], br#"{"data":{"hello":"hello you"}}"#);
}

#[tokio::test]
async fn values_are_written_as_json_has_them() {
    let answer = ask(&graphql(), "{ a: author(id: 1) { id name rating } hello(name: \"\\u0001\\n\") }").await;
    assert_eq!(
        &answer.body[..],
        br#"{"data":{"a":{"id":1,"name":"Author \"1\"","rating":0.25},"hello":"hello \u0001\n"}}"#
    );
}

#[tokio::test]
async fn a_variable_of_the_wrong_type_is_named() {
    let query = "query($id: Int!) { author(id: $id) { id } }";
    for variables in [json!({ "id": "x" }), json!({ "id": null }), json!({}), json!({ "id": 1.5 })] {
        let answer = post(&graphql(), &json!({ "query": query, "variables": variables })).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"),
            "{variables}"
        );
        assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains("$id"));
    }
}

#[tokio::test]
async fn an_answer_to_a_thousand_mistakes_tells_ten() {
    let document = format!(
        "{{ author(id: 1) {{ {} }} }}",
        (0..900).map(|at| format!("nothing{at} ")).collect::<String>()
    );
    let answer = ask(&graphql(), &document).await;
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 10);
    assert!(answer.body.len() < document.len(), "{}", answer.body.len());
}

#[tokio::test]
async fn a_name_that_is_nearly_right_is_not_mended() {
    let answer = ask(&graphql(), "{ helo }").await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(!text.contains("hello") && !text.contains("mean"), "{text}");
}

#[test]
fn a_problem_becomes_what_its_client_would_have_read() {
    let told = |problem: Problem| format!("{:?}", Fault::from(problem));
    let problem = Problem::new(StatusCode::NOT_FOUND).detail("There is no such book.");
    assert_eq!(told(problem), r#"Fault("NOT_FOUND", "There is no such book.")"#);
    let problem = Problem::internal("no room").detail("told to nobody");
    assert!(told(problem).starts_with("Fault(Problem"));
}
