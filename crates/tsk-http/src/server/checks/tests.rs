#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use crate::connection::Shared;

/// The default ones.
const BOUNDS: Bounds = Bounds { target: 8 * 1024, fields: 100 };

/// Judges a request, and as if the connection had had the same one before.
fn check(request: &mut Request<()>, has_body: bool) -> Result<(), Refusal> {
    let shared = Arc::<Shared>::default();
    shared.set_fields(1);
    let (usual, mut last_host) = (Conclusion::new(&shared), Repeated::default());
    let mut again = request.clone();
    let judged = super::check(request, has_body, BOUNDS, &usual, &mut last_host);
    assert_eq!(super::check(&mut again, has_body, BOUNDS, &usual, &mut last_host), judged);
    judged
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

fn http2(mut request: Request<()>) -> Request<()> {
    *request.version_mut() = Version::HTTP_2;
    request
}

#[test]
fn a_usual_request_is_served() {
    for target in ["/", "/a/b?c=d"] {
        let mut request = request("GET", target, &[("host", "a:80")]);
        assert_eq!(check(&mut request, false), Ok(()));
        assert_eq!(check(&mut request, true), Ok(()));
    }
}

#[test]
fn the_host_in_a_target_replaces_that_of_the_header() {
    for headers in [&[][..], &[("host", "b")], &[("host", "A")]] {
        let mut request = request("GET", "http://a/", headers);
        assert_eq!(check(&mut request, false), Ok(()));
        assert!(request.headers()[header::HOST].as_bytes().eq_ignore_ascii_case(b"a"));
    }
}

#[test]
fn in_http2_the_host_is_that_of_the_authority() {
    let with = |headers: &[_]| check(&mut http2(request("GET", "http://a:1/", headers)), false);
    assert_eq!(with(&[]), Ok(()));
    assert_eq!(with(&[("host", "A:1")]), Ok(()));
    assert_eq!(with(&[("host", "a")]), Err(Refusal::OtherHost));
    assert_eq!(with(&[("host", "a:1"), ("host", "a:1")]), Err(Refusal::SeveralHosts));
    assert_eq!(check(&mut http2(request("GET", "/", &[("host", "a")])), false), Ok(()));
    assert_eq!(check(&mut http2(request("GET", "/", &[])), false), Err(Refusal::NoHost));
    assert_eq!(check(&mut http2(request("GET", "http://u@a/", &[])), false), Err(Refusal::TargetHost));
}

#[test]
fn a_target_beyond_ascii_is_refused_where_nothing_below_has_seen_it() {
    assert_eq!(check(&mut http2(request("GET", "/\u{e4}", &[("host", "a")])), false), Err(Refusal::Target));
}

#[test]
fn a_host_may_stand_anywhere_but_once() {
    let with = |headers: &[_]| check(&mut request("GET", "/", headers), false);
    assert_eq!(with(&[("accept", "a"), ("host", "a")]), Ok(()));
    assert_eq!(with(&[("host", "a"), ("accept", "a"), ("accept", "b")]), Ok(()));
    assert_eq!(with(&[("accept", "a"), ("host", "a"), ("host", "a")]), Err(Refusal::SeveralHosts));
    assert_eq!(with(&[("host", "a"), ("accept", "a"), ("host", "b")]), Err(Refusal::SeveralHosts));
    assert_eq!(with(&[("accept", "a")]), Err(Refusal::NoHost));
}

#[test]
fn an_answer_shows_nothing_of_the_request_and_ends_an_http1_connection() {
    let answer = Refusal::Host.answer(Version::HTTP_11, None);
    assert_eq!(
        (answer.status(), &answer.headers()["connection"]),
        (StatusCode::BAD_REQUEST, &"close".parse().unwrap())
    );
    assert_eq!(Refusal::Connect.answer(Version::HTTP_2, None).headers().get("connection"), None);
}

#[test]
fn a_trace_is_told_what_there_is_instead_and_not_implemented_where_that_is_unknown() {
    assert_eq!(check(&mut request("TRACE", "/", &[("host", "a")]), false), Err(Refusal::Trace));
    let answer = Refusal::Trace.answer(Version::HTTP_11, Some(HeaderValue::from_static("GET, HEAD")));
    assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
    let answer = Refusal::Trace.answer(Version::HTTP_11, None);
    assert_eq!((answer.status().as_u16(), answer.headers().get("allow")), (501, None));
}
