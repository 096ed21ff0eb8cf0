#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use tower_service::Service;
use tsk_core::{Body, IntoResponse, Peer};

use super::*;
use crate::{Dispatch, ETag, Entry, Exit, Router, get, put};

const MODIFIED: &str = "Sun, 22 Nov 2026 10:00:00 GMT";
const BEFORE: &str = "Sun, 22 Nov 2026 09:59:59 GMT";

fn article() -> impl IntoResponse {
    let modified = (header::LAST_MODIFIED, HeaderValue::from_static(MODIFIED));
    let cached = (header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    ([ETag::version(7).into(), modified, cached], "what it says ".repeat(200))
}

fn dated() -> impl IntoResponse {
    ([(header::LAST_MODIFIED, HeaderValue::from_static(MODIFIED))], "dated")
}

fn routes() -> Router {
    Router::new()
        .route(get("/", || async { article() }))
        .route(put("/", || async { article() }))
        .route(get("/dated", || async { dated() }))
        .route(get("/plain", || async { "plain" }))
        .route(get("/gone", || async { (StatusCode::GONE, article()) }))
        .route(get("/tagged", || async { "tagged" }).middleware(tag_content))
        .route(get("/long", || async { "x".repeat(1 << 21) }).middleware(tag_content))
        .route(get("/own", || async { article() }).middleware(tag_content))
}

/// An answer, its body read.
struct Answer(Response<()>, Bytes);

impl Answer {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name).map(|value| value.to_str().unwrap())
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.headers().keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// Each header is `name: value`.
async fn ask(what: &str, headers: &[&str]) -> Answer {
    let (method, path) = what.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let routes = routes().build().unwrap();
    let service = Dispatch::new(routes.clone(), 1);
    #[cfg(feature = "compression")]
    let service = crate::layer::compress::CompressLayer::new(&Default::default()).unwrap().layer(service);
    let service = Exit::new(ConditionalLayer::new().layer(service), None);
    let mut service = Entry::new(service, routes, Peer::Local);
    let (parts, body) = service.call(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    Answer(Response::from_parts(parts, ()), body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn conditions_are_weighed_in_their_order() {
    let since = |name: &str, date: &str| format!("{name}: {date}");
    let changed = &*since("if-modified-since", BEFORE);
    let unchanged = &*since("if-modified-since", MODIFIED);
    let holds = &*since("if-unmodified-since", MODIFIED);
    let fails = &*since("if-unmodified-since", BEFORE);
    for (headers, expected) in [
        (&["if-none-match: \"7\""][..], 304),
        (&["if-none-match: W/\"7\""], 304),
        (&["if-none-match: \"6\", \"7\""], 304),
        (&["if-none-match: *"], 304),
        (&["if-none-match: \"6\""], 200),
        (&[unchanged], 304),
        (&[changed], 200),
        // The tag is the better witness (§13.1.3).
        (&["if-none-match: \"6\"", unchanged], 200),
        (&["if-none-match: \"7\"", changed], 304),
        (&["if-match: \"7\""], 200),
        (&["if-match: *"], 200),
        (&["if-match: \"6\""], 412),
        (&["if-match: W/\"7\""], 412),
        (&[holds], 200),
        (&[fails], 412),
        (&["if-match: \"7\"", fails], 200),
        (&["if-match: \"7\"", "if-none-match: \"7\""], 304),
        (&["if-match: \"6\"", "if-none-match: \"7\""], 412),
        (&["if-modified-since: yesterday"], 200),
    ] {
        for method in ["GET", "HEAD"] {
            assert_eq!(ask(&format!("{method} /"), headers).await.status(), expected, "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_success_or_no_reading_or_has_no_validator_is_left_alone() {
    for (what, headers, expected) in [
        ("GET /gone", &["if-none-match: \"7\""][..], 410),
        ("GET /nothing", &["if-none-match: *"], 404),
        ("PUT /", &["if-none-match: \"7\""], 200),
        ("PUT /", &["if-match: \"6\""], 200),
        ("GET /plain", &["if-match: \"6\"", "if-none-match: *"], 200),
        ("GET /dated", &["if-none-match: \"7\""], 200),
    ] {
        assert_eq!(ask(what, headers).await.status(), expected, "{what} {headers:?}");
    }
}

#[tokio::test]
async fn a_304_has_what_a_cache_needs_and_no_more() {
    let answer = ask("GET /", &["if-none-match: \"7\""]).await;
    assert!(answer.1.is_empty());
    assert_eq!(answer.header("etag"), Some("\"7\""));
    let expected: &[_] = if cfg!(feature = "compression") {
        &["cache-control", "etag", "vary"]
    } else {
        &["cache-control", "etag"]
    };
    assert_eq!(answer.names(), expected);
    let dated = ask("GET /dated", &[&format!("if-modified-since: {MODIFIED}")]).await;
    assert_eq!((dated.status(), dated.names()), (304, vec!["last-modified"]));
}

#[tokio::test]
async fn a_412_is_a_problem() {
    let answer = ask("GET /", &["if-match: \"6\""]).await;
    assert_eq!(
        (answer.header("content-type"), answer.header("etag")),
        (Some("application/problem+json"), None)
    );
    let problem: serde_json::Value = serde_json::from_slice(&answer.1).unwrap();
    assert_eq!((&problem["status"], &problem["title"]), (&412.into(), &"Precondition Failed".into()));
}

#[cfg(feature = "compression")]
#[tokio::test]
async fn who_has_the_compressed_answer_is_told_that_it_still_holds() {
    let gzip = "accept-encoding: gzip";
    let first = ask("GET /", &[gzip]).await;
    assert_eq!((first.header("content-encoding"), first.header("etag")), (Some("gzip"), Some("W/\"7\"")));
    let second = ask("GET /", &[gzip, "if-none-match: W/\"7\""]).await;
    assert_eq!((second.status(), second.header("etag")), (304, Some("W/\"7\"")));
    assert_eq!(second.names(), ["cache-control", "etag", "vary"]);
    // Who counts on the bytes gets those that the tag is of.
    let exact = ask("GET /", &[gzip, "if-match: \"7\""]).await;
    assert_eq!(
        (exact.status(), exact.header("etag"), exact.header("content-encoding")),
        (200, Some("\"7\""), None)
    );
}

#[tokio::test]
async fn content_is_tagged_where_that_is_asked_for() {
    let answer = ask("GET /tagged", &[]).await;
    let tag = ETag::of("tagged").to_string();
    assert_eq!((answer.header("etag"), &*answer.1), (Some(&*tag), &b"tagged"[..]));
    assert_eq!(ask("HEAD /tagged", &[]).await.header("etag"), Some(&*tag));
    assert_eq!(ask("GET /tagged", &[&format!("if-none-match: {tag}")]).await.status(), 304);
    assert_eq!(ask("GET /own", &[]).await.header("etag"), Some("\"7\""));
    let long = ask("GET /long", &[]).await;
    assert_eq!((long.header("etag"), long.1.len()), (None, 1 << 21));
}
