//! Handlers that panic: their clients learn of it where that is still possible, and nobody else notices.

use std::{
    pin::Pin,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, request::Parts};
use http_body::Frame;
use tsk_core::{BoxError, FromParts, Problem};
use tsk_http::{Dispatch, Entry, Exit, Router, get, post};

use crate::{
    frames::{END_HEADERS, END_STREAM, Frames, HEADERS, RST_STREAM, get as block},
    running::{Running, config},
};

struct Panics;

impl FromParts for Panics {
    type Rejection = Problem;

    fn from_parts(_: &mut Parts) -> Result<Self, Problem> {
        panic!("an extractor, on purpose");
    }
}

/// A body that panics after a piece.
struct Breaks(bool);

impl http_body::Body for Breaks {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.0 {
            panic!("a body, on purpose");
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Ready(Some(Ok(Frame::data("piece".into()))))
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("a destructor, on purpose");
        }
    }
}

async fn start() -> Running {
    let routes = Router::new()
        .route(get("/", || async { "hello" }))
        .route(get("/at-once", || async {
            if true {
                panic!("at once, on purpose")
            }
        }))
        .route(get("/later", || async {
            tokio::task::yield_now().await;
            if true {
                panic!("later, on purpose")
            }
        }))
        .route(get("/call", || -> std::future::Ready<()> { panic!("in the call, on purpose") }))
        .route(get("/extractor", |_: Panics| async {}))
        .route(post("/reading", |body: String| async move {
            if true {
                panic!("{body}, on purpose")
            }
        }))
        .route(get("/dropped", || async {
            let _dropped = PanicsWhenDropped;
            tokio::task::yield_now().await;
            "never seen"
        }))
        .route(get("/body", || async { Response::new(Breaks(false)) }))
        .build()
        .unwrap();
    Running::serving(config(), move |peer| {
        let exit = Exit::new(Dispatch::new(routes.clone(), 1_000), Some("x-request-id".parse().unwrap()));
        Entry::new(exit, routes.clone(), peer)
    })
    .await
}

#[tokio::test]
async fn a_handler_that_panics_is_a_server_error_with_the_identifier_of_its_request() {
    let server = start().await;
    let mut client = server.connect().await;
    for path in ["/at-once", "/later", "/call", "/extractor", "/dropped"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 500, "{path}");
        let problem = answer.problem();
        assert_eq!(problem["title"], "Internal Server Error");
        assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
        assert!(!answer.text().contains("purpose"), "what it said is for the log alone");
    }
    client.send("POST /reading HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nwords").await;
    assert_eq!(client.answer().await.status, 500);
    assert_eq!(client.get("/").await.text(), "hello", "the connection goes on");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_panics_breaks_the_answer_off() {
    let server = start().await;
    let mut client = server.connect().await;
    client.send("GET /body HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let rest = client.rest().await;
    // Whatever has been sent, it does not look like a whole answer.
    assert!(!rest.ends_with(b"0\r\n\r\n"), "{:?}", String::from_utf8_lossy(&rest));
    assert_eq!(server.connect().await.get("/").await.text(), "hello");
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn what_panics_over_http_2_costs_its_stream_alone() {
    let server = start().await;
    let mut client = Frames::connect(&server).await;
    for (stream, path) in [(1, "/at-once"), (3, "/later"), (5, "/extractor")] {
        client.send(HEADERS, END_HEADERS | END_STREAM, stream, &block(path)).await.unwrap();
        assert_eq!(client.next_of(HEADERS).await.stream, stream);
    }
    client.send(HEADERS, END_HEADERS | END_STREAM, 7, &block("/body")).await.unwrap();
    assert_eq!(client.next_of(RST_STREAM).await.stream, 7);
    client.send(HEADERS, END_HEADERS | END_STREAM, 9, &block("/")).await.unwrap();
    assert_eq!(client.next_of(HEADERS).await.stream, 9);
    drop(client);
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn a_service_that_cannot_be_made_costs_its_connection_alone() {
    let routes = Router::new().route(get("/", || async { "hello" })).build().unwrap();
    let broken = Arc::new(AtomicBool::new(true));
    let server = Running::serving(config(), {
        let broken = broken.clone();
        move |peer| {
            assert!(!broken.swap(false, Relaxed), "on purpose");
            routes.service(peer)
        }
    })
    .await;
    server.connect().await.closed().await;
    assert_eq!(server.connect().await.get("/").await.text(), "hello");
    assert_eq!(server.stop().await.abandoned, 0);
}
