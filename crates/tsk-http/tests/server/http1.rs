//! HTTP/1: connections that are kept or closed, heads, and answers without a body.

use http::{HeaderValue, Response, StatusCode, header};
use tsk_core::Body;
use tsk_http::{IntoResponse, Router, get, post};

use crate::running::{Fed, Running};

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" })).route(post("/echo", |body: String| async { body }))
}

#[tokio::test]
async fn a_connection_is_kept_for_further_requests() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let answer = client.get("/").await;
        assert_eq!((answer.status, answer.text(), answer.header("connection")), (200, "hello", None));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_wants_the_connection_closed_is_obeyed() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
    let answer = client.answer().await;
    assert_eq!((answer.text(), answer.header("connection")), ("hello", Some("close")));
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn http_1_0_is_answered_in_http_1_0_and_closed() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.0\r\n\r\n").await;
    let answer = client.answer().await;
    assert_eq!((answer.version.as_str(), answer.text()), ("HTTP/1.0", "hello"));
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn http_1_0_may_keep_the_connection() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").await;
        let answer = client.answer().await;
        assert_eq!((answer.text(), answer.header("connection")), ("hello", Some("keep-alive")));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stream_to_http_1_0_ends_with_the_connection() {
    let router = Router::new().route(get("/", || async {
        let (sender, body) = Fed::new();
        sender.send("one ").unwrap();
        sender.send("two").unwrap();
        Response::new(body)
    }));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").await;
    let head = client.head().await;
    assert_eq!((head.header("transfer-encoding"), head.header("content-length")), (None, None));
    assert_eq!(client.rest().await, b"one two");
    server.stop().await;
}

#[tokio::test]
async fn every_answer_has_one_date() {
    const OWN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    let own = || async { ([(header::DATE, HeaderValue::from_static(OWN))], "hello") };
    let panics = || async {
        if true {
            panic!("on purpose")
        }
    };
    let server = Running::start(hello().route(get("/own", own)).route(get("/panics", panics))).await;
    let mut client = server.connect().await;
    for (path, status) in [("/", 200), ("/gone", 404), ("/panics", 500)] {
        let answer = client.get(path).await;
        let date = httpdate::parse_http_date(answer.header("date").unwrap());
        assert!(answer.status == status && date.is_ok(), "{answer:?}");
    }
    assert_eq!(client.get("/own").await.header("date"), Some(OWN));
    client.send("malformed\r\n\r\n").await;
    assert!(client.answer().await.header("date").is_some());
    server.stop().await;
}

#[tokio::test]
async fn the_answer_to_head_has_the_head_of_get_and_no_body() {
    let stream = || async {
        let (sender, body) = Fed::new();
        sender.send("piece").unwrap();
        Response::new(body)
    };
    let server = Running::start(hello().route(get("/stream", stream))).await;
    let mut client = server.connect().await;
    for (path, length) in [("/", Some("5")), ("/stream", None)] {
        client.send(format!("HEAD {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        let answer = client.head().await;
        assert_eq!((answer.status, answer.header("content-length")), (200, length));
        // A body would be taken for the begin of this answer.
        assert_eq!(client.get("/").await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn answers_that_have_no_body_have_none_whatever_the_handler_says() {
    let answer = |status: StatusCode| move || async move { (status, "a body") };
    let router = hello()
        .route(get("/204", answer(StatusCode::NO_CONTENT)))
        .route(get("/304", answer(StatusCode::NOT_MODIFIED)));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    for status in [204, 304] {
        client.send(format!("GET /{status} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        let answer = client.head().await;
        let framing = (answer.header("content-length"), answer.header("transfer-encoding"));
        assert_eq!((answer.status, framing), (status, (None, None)));
        assert_eq!(client.get("/").await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_empty_answer_says_that_it_is_empty() {
    let server = Running::start(Router::new().route(get("/", || async {}))).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/").await.header("content-length"), Some("0"));
    server.stop().await;
}

#[tokio::test]
async fn a_stream_may_have_a_length_of_its_own() {
    let server = Running::start(Router::new().route(get("/", || async {
        let (sender, body) = Fed::new();
        sender.send("one ").unwrap();
        sender.send("two").unwrap();
        ([(header::CONTENT_LENGTH, HeaderValue::from_static("7"))], Response::new(body)).into_response()
    })))
    .await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        let answer = client.get("/").await;
        assert_eq!((answer.text(), answer.header("transfer-encoding")), ("one two", None));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_handler_that_wants_the_connection_closed_is_obeyed() {
    let close = || async { ([(header::CONNECTION, HeaderValue::from_static("close"))], "bye") };
    let server = Running::start(Router::new().route(get("/", close))).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/").await.header("connection"), Some("close"));
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_closed() {
    let server = Running::start(hello()).await;
    for request in [
        "hello\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\x3c\x03\x03 a TLS hello",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.2\r\n\r\n",
        "GET / HTTQ/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\n\r\n",
        "G\u{e9}T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost\r\n\r\n",
        "GET / HTTP/1.1\r\n: empty\r\n\r\n",
        "GET / HTTP/1.1\r\na b: c\r\n\r\n",
        "GET / HTTP/1.1\r\na: b\x00c\r\n\r\n",
        "GET / HTTP/1.1\r\na: b\rc\r\n\r\n",
    ] {
        let mut client = server.connect().await;
        client.send(request).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 400, "{request:?}");
        client.closed().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Running::start(hello()).await;
    let endless = format!("GET / HTTP/1.1\r\nhost: test\r\na: {}", "b".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\nhost: test\r\n{}\r\n", "a: b\r\n".repeat(200));
    let large = format!("GET / HTTP/1.1\r\nhost: test\r\na: {}\r\n\r\n", "b".repeat(70_000));
    let long = format!("GET /{} HTTP/1.1\r\nhost: test\r\n\r\n", "a".repeat(65_535));
    for (request, expected) in [(endless, 431), (large, 431), (many, 431), (long, 414)] {
        let mut client = server.connect().await;
        // The server need not read it all.
        let _ = client.try_send(&request).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, expected);
        client.closed().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_large_head_within_the_limit_is_read() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send(format!("GET / HTTP/1.1\r\nhost: test\r\na: {}\r\n\r\n", "b".repeat(60_000))).await;
        assert_eq!(client.answer().await.status, 200);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    for byte in b"POST /echo HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" {
        client.send([*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer().await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_ends_its_sending_is_not_served_on() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
    assert_eq!(client.answer().await.text(), "hello");
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn an_empty_body_of_a_stream_is_a_whole_answer() {
    let router = hello().route(get("/none", || async {
        let (_, body) = Fed::new();
        Response::new(Body::new(body))
    }));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/none").await.text(), "");
    assert_eq!(client.get("/").await.text(), "hello");
    server.stop().await;
}
