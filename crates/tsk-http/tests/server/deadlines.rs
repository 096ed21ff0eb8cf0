//! Connections that are closed because nothing comes, and those that are not.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use bytesize::ByteSize;
use http::Response;
use http_body::Frame;
use tokio::{runtime::Builder, sync::Notify};
use tsk_core::BoxError;
use tsk_http::{Config, Router, get, post};

use crate::{
    frames::{
        ACK, DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, get as block, post as post_block,
    },
    running::{Fed, Held, Running, config, patiently},
};

const SOON: Duration = Duration::from_millis(300);

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" })).route(post("/", |body: String| async { body }))
}

/// Has one thread do everything, and then several: connections are watched over by a task, and by a thread.
fn on_both(test: impl AsyncFn()) {
    let (mut one, mut several) = (Builder::new_current_thread(), Builder::new_multi_thread());
    for runtime in [&mut one, several.worker_threads(2)] {
        runtime.enable_all().build().unwrap().block_on(test());
    }
}

/// Waits until connections that are silent have been closed, twice: whoever is to be closed, is by then.
async fn deadlines_pass(server: &Running) {
    for _ in 0..2 {
        server.connect().await.closed().await;
    }
}

#[test]
fn a_first_head_has_to_come_in_time() {
    on_both(async || {
        let server =
            Running::with(Config { first_byte_timeout: SOON, head_timeout: SOON, ..config() }, hello()).await;
        for sent in [
            "",
            "P",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nhost: test\r\n\r",
        ] {
            let mut client = server.connect().await;
            client.send(sent).await;
            client.closed().await;
        }
        server.stop().await;
    });
}

#[test]
fn a_later_head_has_to_come_in_time() {
    on_both(async || {
        let server =
            Running::with(Config { first_byte_timeout: SOON, head_timeout: SOON, ..config() }, hello()).await;
        for sent in ["G", "\r\n", "GET / HTTP/1.1\r\nhost:"] {
            let mut client = server.connect().await;
            assert_eq!(client.get("/").await.text(), "hello");
            client.send(sent).await;
            client.closed().await;
        }
        server.stop().await;
    });
}

#[test]
fn a_first_head_that_trickles_in_has_the_same_time() {
    on_both(async || {
        let server =
            Running::with(Config { first_byte_timeout: SOON, head_timeout: SOON, ..config() }, hello()).await;
        for sent in ["", "GET / HTTP/1.1\r\na: "] {
            let mut client = server.connect().await;
            client.send(sent).await;
            while client.try_send("a").await.is_ok() {
                tokio::task::yield_now().await;
            }
        }
        server.stop().await;
    });
}

#[test]
fn an_idle_connection_is_closed() {
    on_both(async || {
        let server = Running::with(Config { idle_timeout: SOON, ..config() }, hello()).await;
        let mut client = server.connect().await;
        for _ in 0..3 {
            assert_eq!(client.get("/").await.text(), "hello");
        }
        client.closed().await;
        server.stop().await;
    });
}

#[test]
fn an_idle_connection_is_kept_while_only_heads_have_to_hurry() {
    on_both(async || {
        let server =
            Running::with(Config { first_byte_timeout: SOON, head_timeout: SOON, ..config() }, hello()).await;
        let mut client = server.connect().await;
        for _ in 0..2 {
            assert_eq!(client.get("/").await.text(), "hello");
            deadlines_pass(&server).await;
        }
        server.stop().await;
    });
}

#[test]
fn a_slow_handler_is_waited_for() {
    on_both(async || {
        let held = Arc::new(Held::default());
        let router = hello().route(held.route());
        let server = Running::with(
            Config { first_byte_timeout: SOON, head_timeout: SOON, idle_timeout: SOON, ..config() },
            router,
        )
        .await;
        let mut client = server.connect().await;
        client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
        held.begun().await;
        deadlines_pass(&server).await;
        held.let_go();
        assert_eq!(client.answer().await.text(), "held");
        server.stop().await;
    });
}

#[test]
fn a_quiet_stream_is_waited_for() {
    on_both(async || {
        let (sender, body) = Fed::new();
        let body = Mutex::new(Some(body));
        let router = hello().route(get("/events", {
            let body = Arc::new(body);
            move || {
                let body = body.lock().unwrap().take().unwrap();
                async { Response::new(body) }
            }
        }));
        let server = Running::with(
            Config { first_byte_timeout: SOON, head_timeout: SOON, idle_timeout: SOON, ..config() },
            router,
        )
        .await;
        let mut client = server.connect().await;
        client.send("GET /events HTTP/1.1\r\nhost: test\r\n\r\n").await;
        assert_eq!(client.head().await.status, 200);
        for piece in ["one", "two"] {
            deadlines_pass(&server).await;
            sender.send(piece).unwrap();
            assert_eq!(client.chunk().await.unwrap(), piece.as_bytes());
        }
        drop(sender);
        assert_eq!(client.chunk().await, None);
        server.stop().await;
    });
}

#[test]
fn a_connection_of_http_2_without_a_request_is_closed() {
    on_both(async || {
        let server =
            Running::with(Config { first_byte_timeout: SOON, head_timeout: SOON, ..config() }, hello()).await;
        let mut client = Frames::connect(&server).await;
        // Pings are no request.
        while client.send(PING, 0, 0, &[0; 8]).await.is_ok() {
            if client.next().await.is_none() {
                break;
            }
        }
        server.stop().await;
    });
}

#[test]
fn a_connection_of_http_2_with_only_pings_is_idle() {
    on_both(async || {
        let server = Running::with(Config { idle_timeout: SOON, ..config() }, hello()).await;
        let mut client = Frames::connect(&server).await;
        client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/")).await.unwrap();
        client.next_of(HEADERS).await;
        client.send(PING, 0, 0, &[0; 8]).await.unwrap();
        loop {
            let frame = client.next().await.expect("it says goodbye before it closes");
            match frame.kind {
                GOAWAY => break,
                PING if frame.flags & ACK != 0 => client.send(PING, 0, 0, &[0; 8]).await.unwrap(),
                _ => {}
            }
        }
        drop(client);
        server.stop().await;
    });
}

#[test]
fn a_client_that_ignores_a_goodbye_is_closed() {
    on_both(async || {
        for drain in [false, true] {
            let idle_timeout = if drain { config().idle_timeout } else { SOON };
            let server =
                Running::with(Config { head_timeout: SOON, idle_timeout, ..config() }, hello()).await;
            let mut client = Frames::connect(&server).await;
            client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/")).await.unwrap();
            client.next_of(HEADERS).await;
            if drain {
                server.drain.start();
            }
            // It pings, to learn when the client has read the goodbye. No answer is no reason to wait for ever.
            while client.next().await.is_some() {}
            assert_eq!(server.stop().await.abandoned, 0);
        }
    });
}

/// A body without end that tells when it is dropped.
struct Endless(Arc<Notify>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 64 * 1024])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[test]
fn a_client_that_does_not_read_is_closed() {
    on_both(async || {
        let dropped = Arc::new(Notify::new());
        let router = hello()
            .route(get("/endless", {
                let dropped = dropped.clone();
                move || {
                    let body = Endless(dropped.clone());
                    async { Response::new(body) }
                }
            }))
            .route(get("/large", || async { vec![b'x'; 32 << 20] }));
        let config =
            Config { write_min_rate: ByteSize::gib(1), write_grace: SOON, idle_timeout: SOON, ..config() };
        let server = Running::with(config, router).await;
        let mut client = server.connect().await;
        client.send("GET /endless HTTP/1.1\r\nhost: test\r\n\r\n").await;
        patiently(dropped.notified()).await;

        // Of this one nothing is in flight any more, as the whole answer is in the hands of the connection.
        let mut client = server.connect().await;
        client.send("GET /large HTTP/1.1\r\nhost: test\r\n\r\n").await;
        assert_eq!(client.head().await.status, 200);
        server.drain.start();
        server.stopped().await;
    });
}

/// No client here sends or takes that much.
fn hurried() -> Config {
    let rate = ByteSize::gib(1);
    Config { body_min_rate: rate, body_grace: SOON, write_min_rate: rate, write_grace: SOON, ..config() }
}

#[test]
fn a_body_has_to_come_in_time_while_its_handler_waits() {
    on_both(async || {
        let server = Running::with(hurried(), hello()).await;
        for head in ["content-length: 1000", "transfer-encoding: chunked"] {
            for begun in ["", "5\r\nhello\r\n"] {
                let mut client = server.connect().await;
                client.send(format!("POST / HTTP/1.1\r\nhost: test\r\n{head}\r\n\r\n{begun}")).await;
                let answer = client.answer().await;
                assert_eq!((answer.status, answer.header("connection")), (408, Some("close")), "{head}");
                assert_eq!(answer.problem()["type"], "urn:tsk:problems/body-too-slow");
            }
        }
        server.stop().await;
    });
}

#[test]
fn a_stream_with_a_slow_body_is_answered_and_the_others_go_on() {
    on_both(async || {
        let server = Running::with(hurried(), hello()).await;
        let mut client = Frames::connect(&server).await;
        client.send(HEADERS, END_HEADERS, 1, &post_block("/")).await.unwrap();
        client.send(DATA, 0, 1, b"hello").await.unwrap();
        let problem = client.next_of(DATA).await;
        assert_eq!(problem.stream, 1);
        assert!(String::from_utf8(problem.payload).unwrap().contains("body-too-slow"));
        client.send(HEADERS, END_HEADERS | END_STREAM, 3, &block("/")).await.unwrap();
        while client.next_of(DATA).await.stream != 3 {}
        drop(client);
        server.stop().await;
    });
}

#[test]
fn a_body_that_its_handler_does_not_read_may_take_its_time() {
    on_both(async || {
        let held = Arc::new(Held::default());
        let router = hello().route(post("/later", {
            let held = held.clone();
            move |body: tsk_core::Body| {
                let held = held.clone();
                async move {
                    held.wait().await;
                    http_body_util::BodyExt::collect(body).await.unwrap().to_bytes()
                }
            }
        }));
        let server = Running::with(Config { first_byte_timeout: SOON, ..hurried() }, router).await;
        let mut client = server.connect().await;
        client.send("POST /later HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhe").await;
        held.begun().await;
        deadlines_pass(&server).await;
        client.send("llo").await;
        held.let_go();
        assert_eq!(client.answer().await.text(), "hello");
        server.stop().await;
    });
}

#[test]
fn a_stream_that_is_not_read_costs_the_connection() {
    on_both(async || {
        let dropped = Arc::new(Notify::new());
        let router = hello().route(get("/endless", {
            let dropped = dropped.clone();
            move || {
                let body = Endless(dropped.clone());
                async { Response::new(body) }
            }
        }));
        let server = Running::with(hurried(), router).await;
        let mut client = Frames::connect(&server).await;
        // The window of a stream is 65,535 bytes; the client never gives more.
        client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/endless")).await.unwrap();
        patiently(dropped.notified()).await;
        while client.next().await.is_some() {}
        server.stop().await;
    });
}
