//! When bytes are sent, and when they wait: pipelining, streams, and clients that do not read.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body::Frame;
use tokio::sync::Notify;
use tsk_core::BoxError;
use tsk_http::{Path, Router, get, post};

use crate::running::{Fed, Held, Running, patiently};

fn numbers() -> Router {
    Router::new().route(get("/{number}", |Path(number): Path<u32>| async move { number.to_string() }))
}

fn requests(numbers: impl Iterator<Item = u32>) -> String {
    numbers.map(|number| format!("GET /{number} HTTP/1.1\r\nhost: test\r\n\r\n")).collect()
}

#[tokio::test]
async fn answers_to_pipelined_requests_come_in_order_and_in_one_piece() {
    let server = Running::start(numbers()).await;
    let mut client = server.connect().await;
    for _ in 0..50 {
        client.send(requests(0..16)).await;
        // Had they been written one by one, some read would sooner or later find only the first.
        let bytes = client.read_once().await;
        let text = String::from_utf8(bytes).unwrap();
        let bodies: Vec<_> = text
            .split("HTTP/1.1 200 OK\r\n")
            .skip(1)
            .map(|answer| answer.split_once("\r\n\r\n").unwrap().1.parse::<u32>().unwrap())
            .collect();
        assert_eq!(bodies, (0..16).collect::<Vec<_>>());
    }
    server.stop().await;
}

#[tokio::test]
async fn any_number_of_pipelined_requests_is_answered() {
    let server = Running::start(numbers()).await;
    let mut client = server.connect().await;
    client.send(requests(0..1_000)).await;
    for number in 0..1_000 {
        assert_eq!(client.answer().await.text(), number.to_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_rest_of_the_next_request() {
    let server = Running::start(numbers()).await;
    let mut client = server.connect().await;
    client.send(requests(1..2) + "GET /2 HT").await;
    assert_eq!(client.answer().await.text(), "1");
    client.send("TP/1.1\r\nhost: test\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "2");
    server.stop().await;
}

#[tokio::test]
async fn an_empty_line_after_a_body_does_not_hold_the_answer_back() {
    let server = Running::start(Router::new().route(post("/", |body: String| async { body }))).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello\r\n").await;
        assert_eq!(client.answer().await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_handler_of_the_next_request() {
    let held = Arc::new(Held::default());
    let router = numbers().route(held.route());
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send(requests(1..2) + "GET /held HTTP/1.1\r\nhost: test\r\n\r\n" + &requests(3..4)).await;
    assert_eq!(client.answer().await.text(), "1");
    held.let_go();
    assert_eq!(client.answer().await.text(), "held");
    assert_eq!(client.answer().await.text(), "3");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_sent_piece_by_piece_even_with_another_request_behind() {
    let (sender, body) = Fed::new();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let router = numbers().route(get("/stream", move || {
        let body = body.lock().unwrap().take().unwrap();
        async { Response::new(body) }
    }));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send("GET /stream HTTP/1.1\r\nhost: test\r\n\r\n".to_owned() + &requests(7..8)).await;
    assert_eq!(client.head().await.status, 200);
    for piece in ["one", "two", "three"] {
        sender.send(piece).unwrap();
        assert_eq!(client.chunk().await.unwrap(), piece.as_bytes());
    }
    drop(sender);
    assert_eq!(client.chunk().await, None);
    assert_eq!(client.answer().await.text(), "7");
    server.stop().await;
}

#[tokio::test]
async fn an_upload_that_outlives_its_answer_does_not_hold_the_answer_back() {
    let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let router = Router::new().route(post("/", {
        let (go, done) = (go.clone(), done.clone());
        move |body: tsk_core::Body| {
            let (go, done) = (go.clone(), done.clone());
            tokio::spawn(async move {
                go.notified().await;
                drop(body);
                done.notify_one();
            });
            async { "taken" }
        }
    }));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nbegin").await;
    assert_eq!(client.answer().await.text(), "taken");
    go.notify_one();
    patiently(done.notified()).await;
    // The rest of the body is in nobody's way any more: it is not taken for a request.
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn an_answer_is_not_lost_because_the_next_one_fails() {
    let broken = get("/broken", || async {
        let (sender, body) = Fed::new();
        sender.send("more than the length that was promised").unwrap();
        let length = [(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("100"))];
        (length, Response::new(body))
    });
    let server = Running::start(numbers().route(broken)).await;
    let mut client = server.connect().await;
    // A client that is known for pipelining.
    client.send(requests(0..4)).await;
    for number in 0..4 {
        assert_eq!(client.answer().await.text(), number.to_string());
    }
    client.send(requests(4..7) + "GET /broken HTTP/1.1\r\nhost: test\r\n\r\n").await;
    for number in 4..7 {
        assert_eq!(client.answer().await.text(), number.to_string());
    }
    client.rest().await;
    server.stop().await;
}

/// A body that is always ready, and counts what it has given.
struct Endless {
    given: Arc<AtomicUsize>,
    left: usize,
}

const PIECE: usize = 64 * 1024;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.given.fetch_add(PIECE, Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; PIECE])))))
    }
}

#[tokio::test]
async fn a_stream_is_not_read_faster_than_its_client_reads() {
    // Far more than kernel and server keep for a connection.
    const PIECES: usize = (128 << 20) / PIECE;
    for behind in ["", "G", &requests(7..8)] {
        let given = Arc::new(AtomicUsize::new(0));
        let router = numbers().route(get("/endless", {
            let given = given.clone();
            move || {
                let body = Endless { given: given.clone(), left: PIECES };
                async { Response::new(body) }
            }
        }));
        let server = Running::start(router).await;
        let mut client = server.connect().await;
        client.send(format!("GET /endless HTTP/1.1\r\nhost: test\r\n\r\n{behind}")).await;
        assert_eq!(client.head().await.status, 200);
        let ahead = given.load(Relaxed);
        assert!(ahead < PIECES * PIECE / 4, "{ahead} bytes are in memory, with {behind:?} behind");
        let mut length = 0;
        while let Some(chunk) = client.chunk().await {
            length += chunk.len();
        }
        assert_eq!(length, PIECES * PIECE);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_has_no_more_to_say_gets_its_answer() {
    let held = Arc::new(Held::default());
    let router = Router::new().route(held.route()).route(post("/", {
        let held = held.clone();
        move |body: String| {
            let held = held.clone();
            async move {
                held.wait().await;
                body
            }
        }
    }));
    let server = Running::start(router).await;
    for (head, later, expected) in [
        ("GET /held HTTP/1.1\r\nhost: test\r\n\r\n", "", "held"),
        ("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello", "", "hello"),
        ("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhe", "llo", "hello"),
        (
            "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r",
            "\n",
            "hello",
        ),
    ] {
        let mut client = server.connect().await;
        client.send(head).await;
        client.send(later).await;
        tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
        held.begun().await;
        // By now the server has been told.
        let mut other = server.connect().await;
        assert_eq!(other.get("/gone").await.status, 404);
        held.let_go();
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text()), (200, expected), "{head}");
        client.closed().await;
    }
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn a_client_that_is_gone_is_noticed_at_the_first_write() {
    let (sender, body) = Fed::new();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let server = Running::start(Router::new().route(get("/", move || {
        let body = body.lock().unwrap().take().unwrap();
        async { Response::new(body) }
    })))
    .await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    client.head().await;
    drop(client);
    // The first is answered by a reset; the body is dropped then at the latest with the next.
    patiently(async {
        while sender.send("piece").is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(server.stop().await.abandoned, 0);
}
