#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use http::StatusCode;
use tower_service::Service;
use tsk_core::{IntoResponse, Problem};

use super::*;

/// Answers everything with a clone of these headers.
#[derive(Clone)]
struct Answers(HeaderMap);

impl Service<Request<()>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.0.clone();
        std::future::ready(Ok(response))
    }
}

/// What is sent with an answer that has these headers.
async fn sent(layer: &SecurityHeadersLayer, answer: &[(&'static str, &'static str)]) -> Vec<String> {
    let pairs = answer
        .iter()
        .map(|&(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
    let mut service = layer.layer(Answers(pairs.collect()));
    let response = service.call(Request::new(())).await.unwrap();
    let mut lines: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

fn default() -> SecurityHeadersLayer {
    SecurityHeadersLayer::new(&Config::default()).unwrap()
}

#[tokio::test]
async fn data_gets_what_means_something_for_data() {
    let lines = sent(&default(), &[("content-type", "application/json")]).await;
    assert_eq!(lines, ["content-type: application/json", "x-content-type-options: nosniff"]);
    assert_eq!(sent(&default(), &[]).await.len(), 1, "an answer without a type is no document");
}

#[tokio::test]
async fn a_document_gets_all() {
    for media_type in ["text/html", "TEXT/HTML;charset=utf-8", "image/svg+xml", "text/xml ; x=y"] {
        let lines = sent(&default(), &[("content-type", media_type)]).await;
        let expected = [
            "content-security-policy: base-uri 'self'; frame-ancestors 'none'; object-src 'none'",
            &format!("content-type: {media_type}"),
            "cross-origin-opener-policy: same-origin",
            "referrer-policy: same-origin",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
        ];
        assert_eq!(lines, expected);
    }
}

#[tokio::test]
async fn what_the_handler_says_stays() {
    let own = [
        ("content-security-policy", "default-src 'none'"),
        ("content-type", "text/html"),
        ("x-frame-options", "SAMEORIGIN"),
    ];
    let lines = sent(&default(), &own).await;
    assert!(lines.contains(&"content-security-policy: default-src 'none'".to_owned()), "{lines:?}");
    assert!(lines.contains(&"x-frame-options: SAMEORIGIN".to_owned()), "{lines:?}");
    assert_eq!(lines.len(), 6);
}

#[tokio::test]
async fn only_an_encrypted_connection_is_promised_for_the_future() {
    let strict = "strict-transport-security: max-age=31536000".to_owned();
    assert!(!sent(&default(), &[]).await.contains(&strict));
    assert!(sent(&default().secure(true), &[]).await.contains(&strict));
}

#[tokio::test]
async fn what_may_be_loaded_elsewhere_is_said_of_data_too() {
    let config = Config { cross_origin_resource_policy: "same-site".into(), ..Config::default() };
    let lines = sent(&SecurityHeadersLayer::new(&config).unwrap(), &[("content-type", "image/png")]).await;
    assert!(lines.contains(&"cross-origin-resource-policy: same-site".to_owned()), "{lines:?}");
}

#[tokio::test]
async fn an_empty_value_leaves_the_header_out() {
    let config = Config { x_frame_options: String::new(), ..Config::default() };
    let layer = SecurityHeadersLayer::new(&config).unwrap();
    let lines = sent(&layer, &[("content-type", "text/html")]).await;
    assert!(lines.iter().all(|line| !line.starts_with("x-frame-options")), "{lines:?}");

    let off = Config {
        x_content_type_options: String::new(),
        cross_origin_resource_policy: String::new(),
        strict_transport_security: String::new(),
        content_security_policy: String::new(),
        x_frame_options: String::new(),
        referrer_policy: String::new(),
        cross_origin_opener_policy: String::new(),
        permissions_policy: String::new(),
    };
    let layer = SecurityHeadersLayer::new(&off).unwrap().secure(true);
    assert_eq!(sent(&layer, &[("content-type", "text/html")]).await, ["content-type: text/html"]);
}

#[tokio::test]
async fn errors_get_them_too() {
    #[derive(Clone)]
    struct Fails;
    impl Service<Request<()>> for Fails {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            std::future::ready(Ok(Problem::new(StatusCode::NOT_FOUND).into_response()))
        }
    }
    let response = default().layer(Fails).call(Request::new(())).await.unwrap();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[test]
fn a_value_that_browsers_would_pass_over_stops_the_start() {
    let fault = |config: Config| SecurityHeadersLayer::new(&config).unwrap_err().to_string();
    let message = fault(Config { referrer_policy: "same origin".into(), ..Config::default() });
    assert!(message.starts_with("`http.security_headers.referrer_policy`: "), "{message}");
    assert!(message.contains("same-origin"), "{message}");
    let message =
        fault(Config { content_security_policy: "default-src\n'self'".into(), ..Config::default() });
    assert!(message.starts_with("`http.security_headers.content_security_policy`: "), "{message}");
    let message = fault(Config { strict_transport_security: "31536000".into(), ..Config::default() });
    assert!(message.contains("max-age="), "{message}");
}
