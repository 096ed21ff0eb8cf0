//! Bodies of requests: their limits, and what becomes of the connection.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use http_body_util::BodyExt;
use tsk_core::Body;
use tsk_http::{Config, Problem, Router, get, post};

use crate::running::{Running, config};

const LIMIT: u64 = 10;

fn echo() -> Router {
    Router::new()
        .route(post("/", |body: String| async { body }).body_limit(LIMIT))
        .route(post("/streamed", streamed).body_limit(LIMIT))
        .route(post("/unread", || async { "unread" }).body_limit(LIMIT))
        .route(get("/", || async { "hello" }))
}

async fn streamed(mut body: Body) -> Result<String, Problem> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, |data| data.len());
    }
    Ok(length.to_string())
}

fn chunked(chunks: &[&str]) -> String {
    chunked_to("/", chunks)
}

fn chunked_to(path: &str, chunks: &[&str]) -> String {
    let head = format!("POST {path} HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n");
    head + &chunks.iter().map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect::<String>()
}

#[tokio::test]
async fn a_chunked_body_is_read_and_the_connection_kept() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send(chunked(&["01234", "56789", ""])).await;
        assert_eq!(client.answer().await.text(), "0123456789");
    }
    server.stop().await;
}

#[tokio::test]
async fn trailers_and_extensions_of_chunks_are_passed_over() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n";
    client.send(format!("{head}5;name=value\r\nhello\r\n0\r\nchecksum: 1\r\n\r\n")).await;
    assert_eq!(client.answer().await.text(), "hello");
    assert_eq!(client.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused_as_soon_as_it_is_over() {
    let server = Running::start(echo()).await;
    for path in ["/", "/streamed"] {
        let mut client = server.connect().await;
        client.send(chunked_to(path, &["01234", "56789", "x"])).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "{path}");
        assert_eq!(answer.problem()["title"], "Request body too large", "{path}");
        assert_eq!(answer.problem()["limit"], LIMIT, "{path}");
        client.closed().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_anything_is_read() {
    let calls = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route(
        post("/", {
            let calls = calls.clone();
            move |body: Body| {
                calls.fetch_add(1, Relaxed);
                drop(body);
                async { "called" }
            }
        })
        .body_limit(LIMIT),
    );
    let server = Running::start(router).await;
    for expect in ["", "expect: 100-continue\r\n"] {
        let mut client = server.connect().await;
        client.send(format!("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 11\r\n{expect}\r\n")).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
        assert_eq!(answer.problem()["limit"], LIMIT);
        client.closed().await;
    }
    assert_eq!(calls.load(Relaxed), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_sends_it_all_first_still_learns_why_it_was_refused() {
    let server = Running::start(echo()).await;
    let body = "x".repeat(16 << 20);
    for (path, head, body) in [
        ("/", "content-length: 16777216", body.clone()),
        ("/", "transfer-encoding: chunked", format!("1000000\r\n{body}\r\n0\r\n\r\n")),
        ("/unread", "transfer-encoding: chunked", format!("1000000\r\n{body}\r\n0\r\n\r\n")),
        ("/gone", "content-length: 16777216", body),
    ] {
        let mut client = server.connect().await;
        client.send(format!("POST {path} HTTP/1.1\r\nhost: test\r\n{head}\r\n\r\n")).await;
        // Without somebody who reads it, this would not end but in an error.
        client.send(body).await;
        let expected =
            [("/", 413), ("/unread", 200), ("/gone", 404)].into_iter().find(|(other, _)| *other == path);
        assert_eq!(Some((path, client.answer().await.status)), expected);
        client.closed().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_sends_on_for_ever_is_closed() {
    let server = Running::with(Config { head_timeout: Duration::from_millis(100), ..config() }, echo()).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1000000000000\r\n\r\n").await;
    while client.try_send([b'x'; 0x4000]).await.is_ok() {}
    server.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_the_rest_of_a_body_once_the_server_stops() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nbegin").await;
    assert_eq!(client.answer().await.status, 413);
    client.closed().await;
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn the_body_at_the_limit_is_read() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\n0123456789").await;
    assert_eq!(client.answer().await.text(), "0123456789");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n")
            .await;
        let interim = client.head().await;
        assert_eq!((interim.status, interim.headers.len()), (100, 0));
        client.send("hello").await;
        assert_eq!(client.answer().await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_not_told_to_go_on_where_nobody_reads() {
    let server = Running::start(echo()).await;
    for path in ["/unread", "/gone"] {
        let mut client = server.connect().await;
        let head = "host: test\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";
        client.send(format!("POST {path} HTTP/1.1\r\n{head}")).await;
        let status = client.answer().await.status;
        assert_eq!(status, if path == "/gone" { 404 } else { 200 });
        client.closed().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_small_body_that_nobody_reads_does_not_cost_the_connection() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send("POST /unread HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello").await;
        assert_eq!(client.answer().await.text(), "unread");
    }
    assert_eq!(client.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_the_request() {
    let server = Running::start(echo()).await;
    for head in ["content-length: 9\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n5\r\nhel"] {
        for path in ["/", "/streamed"] {
            let mut client = server.connect().await;
            client.send(format!("POST {path} HTTP/1.1\r\nhost: test\r\n{head}")).await;
            tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
            assert_eq!(client.answer().await.status, 400, "{path} {head:?}");
            client.closed().await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_without_end_is_read_no_further_than_the_limit() {
    let server = Running::start(echo()).await;
    let mut client = server.connect().await;
    client.send(chunked(&[])).await;
    // One byte a chunk, with an extension that is far larger.
    let chunk = format!("1;{}\r\nx\r\n", "e".repeat(1_000));
    while client.try_send(&chunk).await.is_ok() {
        if client.has_answer() {
            break;
        }
    }
    assert!([400, 413].contains(&client.answer().await.status));
    server.stop().await;
}
