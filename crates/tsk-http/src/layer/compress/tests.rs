#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    io::Read,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse, Peer};

use super::*;
use crate::{Dispatch, Entry, Exit, Router, get};

mod streams;

/// A service that gives the same answer every time.
struct Giving<F>(Arc<F>);

impl<F> Clone for Giving<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B, F: Fn() -> Response<Body>> Service<Request<B>> for Giving<F> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        std::future::ready(Ok((self.0)()))
    }
}

/// Asks a service whose answers are compressed by `config`; each header is `name: value`.
async fn ask_by(
    config: &Config,
    method: &str,
    headers: &[&str],
    answer: impl Fn() -> Response<Body>,
) -> Response<Body> {
    let mut request = Request::builder().method(method);
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let mut service = CompressLayer::new(config).unwrap().layer(Giving(Arc::new(answer)));
    service.call(request.body(()).unwrap()).await.unwrap()
}

async fn ask(method: &str, headers: &[&str], answer: impl Fn() -> Response<Body>) -> Response<Body> {
    ask_by(&Config::default(), method, headers, answer).await
}

const GZIP: &[&str] = &["accept-encoding: gzip"];

fn long() -> String {
    "All that is gold does not glitter. ".repeat(100)
}

fn text() -> Response<Body> {
    long().into_response()
}

/// An answer with these headers as well.
fn with(headers: &'static [(&'static str, &'static str)]) -> impl Fn() -> Response<Body> {
    move || {
        let mut response = text();
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn head<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

async fn content(response: Response<Body>) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().into()
}

fn decoded(coding: Coding, mut encoded: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    match coding {
        Coding::Gzip => {
            flate2::read::GzDecoder::new(&mut encoded).read_to_end(&mut content).map(drop).unwrap()
        }
        Coding::Brotli => brotli::BrotliDecompress(&mut encoded, &mut content).unwrap(),
        Coding::Zstd => {
            content.reserve(1 << 21);
            zstd_safe::decompress(&mut content, encoded).map_err(zstd_safe::get_error_name).unwrap();
        }
    }
    content
}

#[tokio::test]
async fn an_answer_in_memory_is_compressed_whole() {
    for coding in Coding::ALL {
        let accept = format!("accept-encoding: {}", coding.name());
        let response = ask("GET", &[&accept], text).await;
        assert_eq!(head(&response, "content-encoding"), Some(coding.name()));
        assert_eq!(head(&response, "vary"), Some("accept-encoding"));
        let length = response.body().size_hint().exact().unwrap();
        assert!(length < long().len() as u64 / 10, "{length}");
        assert_eq!(decoded(coding, &content(response).await), long().as_bytes());
    }
}

#[tokio::test]
async fn the_client_has_the_choice_and_then_the_server() {
    for (accepted, expected) in [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, br", Some("br")),
        ("gzip, br;q=0.9", Some("gzip")),
        ("identity, gzip;q=0.5", None),
        ("deflate", None),
    ] {
        let response = ask("GET", &[&format!("accept-encoding: {accepted}")], text).await;
        assert_eq!(head(&response, "content-encoding"), expected, "{accepted}");
        assert_eq!(head(&response, "vary"), Some("accept-encoding"), "{accepted}");
    }
    let config = Config { codings: vec![Coding::Gzip, Coding::Zstd], ..Config::default() };
    let response = ask_by(&config, "GET", &["accept-encoding: br, zstd, gzip"], text).await;
    assert_eq!(head(&response, "content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn each_request_of_a_connection_has_its_own_choice() {
    let mut service = CompressLayer::new(&Config::default()).unwrap().layer(Giving(Arc::new(text)));
    let long = format!("gzip;q=0.9, br, {}", "x".repeat(60));
    for (accepted, expected) in [
        (&["gzip"][..], Some("gzip")),
        (&["gzip"], Some("gzip")),
        (&["gzip", "br"], Some("br")),
        (&["gzip;q=0"], None),
        (&[&long], Some("br")),
        (&["gzi"], None),
        (&[""], None),
        (&[], None),
        (&["gzip"], Some("gzip")),
    ] {
        let mut request = Request::new(());
        for value in accepted {
            request.headers_mut().append(header::ACCEPT_ENCODING, value.parse().unwrap());
        }
        let response = service.call(request).await.unwrap();
        assert_eq!(head(&response, "content-encoding"), expected, "{accepted:?}");
    }
}

#[tokio::test]
async fn what_is_not_worth_it_or_may_not_be_changed_stays_as_it_is() {
    let small = || "x".repeat(1023).into_response();
    let image = with(&[("content-type", "image/png")]);
    let encoded = with(&[("content-encoding", "br")]);
    let fixed = with(&[("cache-control", "public, No-Transform")]);
    let part = with(&[("content-range", "bytes 0-3499/9000")]);
    let digest = with(&[("repr-digest", "sha-256=:AA==:")]);
    let answers: [(&str, &dyn Fn() -> Response<Body>); 6] = [
        ("small", &small),
        ("image", &image),
        ("encoded", &encoded),
        ("fixed", &fixed),
        ("part", &part),
        ("digest", &digest),
    ];
    for (name, answer) in answers {
        let before = answer();
        let response = ask("GET", GZIP, answer).await;
        assert_eq!(response.headers(), before.headers(), "{name}");
        assert_eq!(content(response).await, content(before).await, "{name}");
    }
    for status in [204, 205, 206, 304] {
        let answer = move || (http::StatusCode::from_u16(status).unwrap(), text()).into_response();
        assert_eq!(head(&ask("GET", GZIP, answer).await, "content-encoding"), None, "{status}");
    }
    assert_eq!(head(&ask("CONNECT", GZIP, text).await, "content-encoding"), None);
}

#[tokio::test]
async fn an_error_is_compressed_like_any_answer() {
    let answer = || tsk_core::Problem::new(http::StatusCode::CONFLICT).detail(long()).into_response();
    let response = ask("POST", GZIP, answer).await;
    assert_eq!((response.status().as_u16(), head(&response, "content-encoding")), (409, Some("gzip")));
}

#[tokio::test]
async fn content_that_does_not_get_smaller_is_sent_as_it_is() {
    let next = |seed: &u64| Some(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    let noise: Vec<u8> =
        std::iter::successors(Some(7), next).take(4_000).map(|seed| (seed >> 56) as u8).collect();
    let expected = noise.clone();
    let answer = move || {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))], noise.clone()).into_response()
    };
    let response = ask("GET", GZIP, answer).await;
    assert_eq!(
        (head(&response, "content-encoding"), head(&response, "vary")),
        (None, Some("accept-encoding"))
    );
    assert_eq!(content(response).await, expected);
}

#[tokio::test]
async fn what_no_longer_holds_is_taken_off_the_head() {
    let answer = with(&[
        ("etag", "\"1\""),
        ("accept-ranges", "bytes"),
        ("content-length", "3500"),
        ("vary", "origin"),
    ]);
    let response = ask("GET", GZIP, &answer).await;
    assert_eq!(head(&response, "etag"), Some("W/\"1\""));
    assert_eq!((head(&response, "accept-ranges"), head(&response, "content-length")), (None, None));
    let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
    assert_eq!(vary, ["origin", "accept-encoding"]);
    // Of the answer as it is nothing is taken.
    let response = ask("GET", &[], answer).await;
    assert_eq!((head(&response, "etag"), head(&response, "accept-ranges")), (Some("\"1\""), Some("bytes")));
    for vary in ["*", "Accept-Encoding", "origin, ACCEPT-encoding"] {
        let answer = move || ([(header::VARY, HeaderValue::from_static(vary))], text()).into_response();
        let response = ask("GET", GZIP, answer).await;
        assert_eq!(response.headers().get_all("vary").iter().collect::<Vec<_>>(), [vary]);
    }
}

#[tokio::test]
async fn the_answer_to_head_has_the_same_fields_and_costs_nothing() {
    let polls = Arc::new(AtomicUsize::new(0));
    let get = ask("GET", GZIP, with(&[("etag", "\"1\"")])).await;
    let head = ask("HEAD", GZIP, with(&[("etag", "\"1\"")])).await;
    assert_eq!(get.headers(), head.headers());
    assert_eq!((head.body().size_hint().exact(), content(head).await.len()), (None, 0));
    let counted = polls.clone();
    let source = move || {
        let polls = counted.clone();
        let body = http_body_util::StreamBody::new(Counting(polls));
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))], Body::new(body)).into_response()
    };
    assert_eq!(content(ask("HEAD", GZIP, source).await).await.len(), 0);
    assert_eq!(polls.load(Relaxed), 0);
    let own = with(&[("content-length", "3500")]);
    let response = ask("HEAD", GZIP, || own().map(|_| Body::empty())).await;
    assert_eq!(super::tests::head(&response, "content-encoding"), Some("gzip"));
}

struct Counting(Arc<AtomicUsize>);

impl futures_core::Stream for Counting {
    type Item = Result<Frame<Bytes>, BoxError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.fetch_add(1, Relaxed);
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn nothing_is_compressed_for_a_client_that_may_have_it_already_until_it_is_sent() {
    let headers = ["accept-encoding: gzip", "if-none-match: W/\"1\""];
    let response = ask("GET", &headers, with(&[("etag", "\"1\"")])).await;
    assert_eq!((head(&response, "etag"), response.body().size_hint().exact()), (Some("W/\"1\""), None));
    assert_eq!(decoded(Coding::Gzip, &content(response).await), long().as_bytes());
}

#[tokio::test]
async fn a_304_names_the_copy_that_the_client_has() {
    let answer = || {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = http::StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"1\""));
        response
    };
    for (copy, expected) in [("W/\"1\"", "W/\"1\""), ("\"1\"", "\"1\""), ("\"0\", W/\"1\"", "W/\"1\"")] {
        let response =
            ask("GET", &["accept-encoding: gzip", &format!("if-none-match: {copy}")], answer).await;
        assert_eq!(head(&response, "etag"), Some(expected), "{copy}");
    }
}

#[tokio::test]
async fn a_route_may_be_exempt() {
    let mut routes = Router::new()
        .route(get("/on", || async { long() }))
        .route(get("/off", || async { long() }).compression(false))
        .build()
        .unwrap();
    let mut layer = CompressLayer::new(&Config::default()).unwrap();
    routes.bind(&mut layer).unwrap();
    let stack = Exit::new(layer.layer(Dispatch::new(routes.clone(), 1)), None);
    let mut service = Entry::new(stack, routes, Peer::Local);
    for (path, expected) in [("/on", Some("gzip")), ("/off", None)] {
        let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let response = service.call(request).await.unwrap();
        assert_eq!(head(&response, "content-encoding"), expected, "{path}");
        assert_eq!(head(&response, "vary"), expected.map(|_| "accept-encoding"), "{path}");
    }
}

#[tokio::test]
async fn it_can_be_off() {
    let config = Config { enabled: false, ..Config::default() };
    let response = ask_by(&config, "GET", GZIP, text).await;
    assert_eq!((head(&response, "content-encoding"), head(&response, "vary")), (None, None));
}

#[test]
fn refuses_settings_that_make_no_sense() {
    for (config, expected) in [
        (Config { gzip_level: 0, ..Config::default() }, "`http.compression.gzip_level`: there is no level 0"),
        (Config { brotli_level: 10, ..Config::default() }, "write 0 to 9"),
        (Config { zstd_level: 22, ..Config::default() }, "zstd_level"),
        (Config { codings: vec![Coding::Gzip; 2], ..Config::default() }, "listed twice"),
        (Config { types: vec!["text".into()], ..Config::default() }, "\"text\" is no media type"),
    ] {
        let error = CompressLayer::new(&config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
