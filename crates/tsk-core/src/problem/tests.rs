use std::error::Error as _;

use super::*;

fn text(response: &Response<Body>) -> String {
    format!("{:?} {:?}", response.headers(), response.extensions().get::<Problem>().map(Problem::render))
}

#[test]
fn never_shows_its_source() {
    let problem = Problem::internal("password=hunter2");
    assert!(!serde_json::to_string(&problem).expect("plain data").contains("hunter2"));
    assert!(!text(&problem.clone().into_response()).contains("hunter2"));
    assert_eq!(problem.source().map(ToString::to_string).as_deref(), Some("password=hunter2"));
}

#[test]
fn is_never_a_success() {
    let kind = Kind { uri: "https://example.com/fine", title: "Fine", status: StatusCode::OK };
    for problem in [Problem::new(StatusCode::OK), Problem::of(kind)] {
        assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(problem.kind().status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[test]
fn keeps_the_headers_that_describe_its_body() {
    let response = Problem::new(StatusCode::UNAUTHORIZED)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"))
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))
        .header(header::CONTENT_LENGTH, HeaderValue::from_static("1"))
        .into_response();
    assert_eq!(response.headers().get_all(header::WWW_AUTHENTICATE).iter().count(), 2);
    assert_eq!(response.headers().get_all(header::CONTENT_TYPE).iter().collect::<Vec<_>>(), [PROBLEM_JSON]);
    assert!(!response.headers().contains_key(header::CONTENT_LENGTH));
}

#[test]
fn a_completed_problem_is_not_described_as_the_compressed_one_that_it_replaces() {
    let mut response = Problem::new(StatusCode::BAD_GATEWAY).into_response();
    let gzip = HeaderValue::from_static("gzip");
    response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    *response.body_mut() = Body::from("compressed");
    Problem::complete(&mut response, RequestId::new);
    assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    assert_ne!(format!("{:?}", response.body()), "Body::Full(10 bytes)");
}

#[test]
fn a_page_in_the_place_of_a_problem_stays() {
    let mut response = Problem::new(StatusCode::BAD_GATEWAY).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    *response.body_mut() = Body::from("<p>Sorry");
    Problem::complete(&mut response, || unreachable!("there is nothing to complete"));
    assert_eq!(format!("{:?}", response.body()), "Body::Full(8 bytes)");
}

#[test]
fn keeps_the_standard_members() {
    let problem = Problem::new(StatusCode::NOT_FOUND).with("status", 200);
    assert_eq!(serde_json::to_value(&problem).expect("plain data")["status"], 404);
}

#[test]
fn only_server_errors_carry_the_request_id() {
    let id = || RequestId::new();
    for (status, expected) in [(StatusCode::BAD_GATEWAY, true), (StatusCode::NOT_FOUND, false)] {
        let mut response = Problem::new(status).into_response();
        let before = format!("{:?}", response.body());
        Problem::complete(&mut response, id);
        assert_eq!(format!("{:?}", response.body()) != before, expected, "{status}");
    }
}

#[test]
fn the_error_of_a_body_is_its_problem_or_a_fault_of_ours() {
    let known: BoxError = Problem::new(StatusCode::PAYLOAD_TOO_LARGE).into();
    assert_eq!(Problem::from(known).status(), 413);
    let unknown = Problem::from(BoxError::from("reset"));
    assert_eq!(
        (unknown.status().as_u16(), unknown.0.source.map(|it| it.to_string())),
        (500, Some("reset".into()))
    );
}
