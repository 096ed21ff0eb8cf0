//! How a server stops.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Response, StatusCode};
use tokio::net::TcpStream;
use tsk_http::{Config, Router, Server, get, server::Stopped};

use crate::{
    frames::{
        DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PREFACE, get as block, post as post_block,
    },
    running::{Fed, Held, Running, config, patiently},
};

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" }))
}

/// Waits until nobody can connect any more.
async fn refused(server: &Running) {
    let address = server.address();
    patiently(async { while TcpStream::connect(address).await.is_ok() {} }).await;
}

#[tokio::test]
async fn a_server_without_connections_stops_at_once() {
    let server = Running::start(hello()).await;
    assert_eq!(server.stop().await, Stopped { abandoned: 0 });
}

#[tokio::test]
async fn a_server_that_was_told_to_stop_before_it_began_stops() {
    let server = Server::bind(&config()).await.unwrap();
    let routes = hello().build().unwrap();
    let drain = tsk_core::Drain::new();
    drain.start();
    let stopped = patiently(server.serve(move |connection| routes.service(connection), drain)).await;
    assert_eq!(stopped.abandoned, 0);
}

#[tokio::test]
async fn a_request_in_flight_is_finished_and_nobody_else_let_in() {
    let held = Arc::new(Held::default());
    let server = Running::start(hello().route(held.route())).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/").await.text(), "hello");
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    held.begun().await;
    server.drain.start();
    refused(&server).await;
    held.let_go();
    let answer = client.answer().await;
    assert_eq!((answer.text(), answer.header("connection")), ("held", Some("close")));
    client.closed().await;
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn a_stream_in_flight_is_finished() {
    let (sender, body) = Fed::new();
    let body = Arc::new(Mutex::new(Some(body)));
    let server = Running::start(hello().route(get("/stream", move || {
        let body = body.lock().unwrap().take().unwrap();
        async { Response::new(body) }
    })))
    .await;
    let mut client = server.connect().await;
    client.send("GET /stream HTTP/1.1\r\nhost: test\r\n\r\n").await;
    client.head().await;
    server.drain.start();
    refused(&server).await;
    for piece in ["one", "two"] {
        sender.send(piece).unwrap();
        assert_eq!(client.chunk().await.unwrap(), piece.as_bytes());
    }
    drop(sender);
    assert_eq!(client.chunk().await, None);
    client.closed().await;
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn an_upload_in_flight_is_finished() {
    let server =
        Running::start(Router::new().route(tsk_http::post("/", |body: String| async { body }))).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n").await;
    assert_eq!(client.head().await.status, 100);
    server.drain.start();
    refused(&server).await;
    client.send("0123456789").await;
    let answer = client.answer().await;
    assert_eq!((answer.text(), answer.header("connection")), ("0123456789", Some("close")));
    client.closed().await;
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn connections_without_a_request_are_closed() {
    let server = Running::start(hello()).await;
    let mut clients = Vec::new();
    for sent in ["", "P", std::str::from_utf8(&PREFACE[..20]).unwrap()] {
        let mut client = server.connect().await;
        client.send(sent).await;
        clients.push(client);
    }
    let mut idle = server.connect().await;
    assert_eq!(idle.get("/").await.text(), "hello");
    clients.push(idle);
    server.drain.start();
    for client in &mut clients {
        client.closed().await;
    }
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn a_head_that_has_begun_may_still_be_sent() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/").await.text(), "hello");
    let mut fresh = server.connect().await;
    fresh.send("GET / HTTP/1.1\r\nho").await;
    // Its first bytes have been read once another client's request, sent later, has been answered.
    assert_eq!(client.get("/").await.text(), "hello");
    server.drain.start();
    refused(&server).await;
    fresh.send("st: test\r\n\r\n").await;
    let answer = fresh.answer().await;
    assert_eq!((answer.text(), answer.header("connection")), ("hello", Some("close")));
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn http_2_says_goodbye_and_finishes_its_streams() {
    let held = Arc::new(Held::default());
    let server = Running::start(hello().route(held.route())).await;
    let mut client = Frames::connect(&server).await;
    client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/held")).await.unwrap();
    held.begun().await;
    server.drain.start();
    let goodbye = client.next_of(GOAWAY).await;
    assert_eq!(goodbye.payload[4..8], [0; 4], "without an error");
    held.let_go();
    assert_eq!(client.next_of(HEADERS).await.stream, 1);
    loop {
        match client.next().await {
            None => break,
            Some(frame) if frame.kind == crate::frames::PING => {
                let _ = client.send(frame.kind, crate::frames::ACK, 0, &frame.payload).await;
            }
            Some(_) => {}
        }
    }
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn an_idle_connection_of_http_2_is_said_goodbye_to() {
    let server = Running::start(hello()).await;
    let (mut sender, connection) = {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        patiently(h2::client::handshake(stream)).await.unwrap()
    };
    let connection = tokio::spawn(connection);
    let request = http::Request::get("http://test/").body(()).unwrap();
    assert_eq!(patiently(sender.send_request(request, true).unwrap().0).await.unwrap().status(), 200);
    server.drain.start();
    patiently(connection).await.unwrap().unwrap();
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn what_is_not_finished_in_time_is_abandoned() {
    let held = Arc::new(Held::default());
    let config = Config { drain_timeout: Duration::from_millis(50), ..config() };
    let server = Running::with(config, hello().route(held.route())).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    let mut third = Frames::connect(&server).await;
    for client in [&mut first, &mut second] {
        client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
        held.begun().await;
    }
    third.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/held")).await.unwrap();
    held.begun().await;
    let mut idle = server.connect().await;
    assert_eq!(idle.get("/").await.text(), "hello");
    server.drain.start();
    idle.closed().await;
    assert_eq!(server.stopped().await.abandoned, 3);
    first.closed().await;
    second.closed().await;
    while third.next().await.is_some() {}
    held.left().await;
}

#[tokio::test]
async fn a_request_that_came_before_the_signal_is_answered() {
    for _ in 0..100 {
        let server = Running::start(hello()).await;
        let mut idle = server.connect().await;
        assert_eq!(idle.get("/").await.text(), "hello");
        // Nothing is awaited between the two, so the server has seen neither when it sees the first.
        let mut fresh = std::net::TcpStream::connect(server.address()).unwrap();
        for stream in [&mut fresh, &mut idle.stream.into_std().unwrap()] {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
            stream.set_nonblocking(true).unwrap();
        }
        server.drain.start();
        fresh.set_nonblocking(true).unwrap();
        let mut fresh = crate::client::Client::new(TcpStream::from_std(fresh).unwrap());
        assert_eq!(fresh.answer().await.text(), "hello");
        fresh.closed().await;
        assert_eq!(server.stopped().await.abandoned, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_connects_during_the_signal_is_served_or_closed() {
    for round in 0..100 {
        let server = Running::start(hello()).await;
        let address = server.address();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                tokio::spawn(async move {
                    let Ok(stream) = TcpStream::connect(address).await else { return false };
                    let mut client = crate::client::Client::new(stream);
                    if client.try_send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.is_err() {
                        return false;
                    }
                    let bytes = client.rest().await;
                    // All or nothing, and in any case the end.
                    assert!(
                        bytes.is_empty() || bytes.ends_with(b"hello"),
                        "{:?}",
                        String::from_utf8_lossy(&bytes)
                    );
                    !bytes.is_empty()
                })
            })
            .collect();
        for _ in 0..round % 10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.stop().await.abandoned, 0);
        for client in clients {
            patiently(client).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_server_that_is_dropped_leaves_nothing_running() {
    let held = Arc::new(Held::default());
    let routes = hello().route(held.route()).build().unwrap();
    let server = Server::bind(&config()).await.unwrap();
    let address = server.addresses()[0].tcp().unwrap();
    let serving =
        tokio::spawn(server.serve(move |connection| routes.service(connection), tsk_core::Drain::new()));
    let mut client = crate::client::Client::connect(address).await;
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    held.begun().await;
    serving.abort();
    client.closed().await;
    held.left().await;
    patiently(async { while TcpStream::connect(address).await.is_ok() {} }).await;
}

/// A server whose idle connections are answered until the test has seen what it wants to.
async fn with_grace(router: Router) -> Running {
    Running::with(Config { drain_grace: config().drain_timeout, ..config() }, router).await
}

#[tokio::test]
async fn an_idle_connection_is_answered_once_more_and_told_that_it_was_the_last_time() {
    let server = with_grace(hello()).await;
    let mut idle = server.connect().await;
    assert_eq!(idle.get("/").await.header("connection"), None);
    let mut fresh = server.connect().await;
    server.drain.start();
    refused(&server).await;
    for client in [&mut idle, &mut fresh] {
        let answer = client.get("/").await;
        assert_eq!((answer.text(), answer.header("connection")), ("hello", Some("close")));
        client.closed().await;
    }
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn what_was_pipelined_before_the_signal_is_answered_to_the_last() {
    // Behind a handler that goes on for longer than idle connections are answered, and for less.
    for grace in [Duration::ZERO, config().drain_timeout] {
        let held = Arc::new(Held::default());
        let config = Config { drain_grace: grace, ..config() };
        let server = Running::with(config, hello().route(held.route())).await;
        let mut client = server.connect().await;
        let requests = "GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(40);
        client.send(format!("GET /held HTTP/1.1\r\nhost: test\r\n\r\n{requests}")).await;
        held.begun().await;
        server.drain.start();
        refused(&server).await;
        held.let_go();
        assert_eq!(client.answer().await.text(), "held");
        for number in 1..=40 {
            let answer = client.answer().await;
            let close = (number == 40).then_some("close");
            assert_eq!((answer.text(), answer.header("connection")), ("hello", close));
        }
        client.closed().await;
        assert_eq!(server.stopped().await.abandoned, 0);
    }
}

#[tokio::test]
async fn a_body_that_has_half_arrived_is_read_to_its_end() {
    for grace in [Duration::ZERO, config().drain_timeout] {
        let router = Router::new().route(tsk_http::post("/", |body: String| async { body }));
        let server = Running::with(Config { drain_grace: grace, ..config() }, router).await;
        let mut client = server.connect().await;
        client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\n01234").await;
        let mut other = Frames::connect(&server).await;
        other.send(HEADERS, END_HEADERS, 1, &post_block("/")).await.unwrap();
        other.send(DATA, 0, 1, b"01234").await.unwrap();
        server.drain.start();
        other.next_of(GOAWAY).await;
        refused(&server).await;
        client.send("56789").await;
        other.send(DATA, END_STREAM, 1, b"56789").await.unwrap();
        let answer = client.answer().await;
        assert_eq!((answer.text(), answer.header("connection")), ("0123456789", Some("close")));
        assert_eq!(other.next_of(DATA).await.payload, b"0123456789");
        drop(other);
        client.closed().await;
        assert_eq!(server.stopped().await.abandoned, 0);
    }
}

#[tokio::test]
async fn streams_that_came_before_the_signal_are_answered() {
    for _ in 0..50 {
        let server = with_grace(hello()).await;
        let mut client = Frames::connect(&server).await;
        client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/")).await.unwrap();
        client.next_of(HEADERS).await;
        for stream in [3, 5, 7] {
            client.send(HEADERS, END_HEADERS | END_STREAM, stream, &block("/")).await.unwrap();
        }
        server.drain.start();
        let mut answered = Vec::new();
        while answered.len() < 3 {
            let frame = client.next_of(HEADERS).await;
            answered.push(frame.stream);
        }
        answered.sort_unstable();
        assert_eq!(answered, [3, 5, 7]);
        drop(client);
        assert_eq!(server.stopped().await.abandoned, 0);
    }
}

#[tokio::test]
async fn readiness_can_say_that_the_server_stops() {
    let drain = tsk_core::Drain::new();
    let router = Router::new().route(get("/ready", {
        let drain = drain.clone();
        move || {
            let stops = drain.is_started();
            async move { if stops { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT } }
        }
    }));
    let server = with_grace(router).await;
    let mut probe = server.connect().await;
    assert_eq!(probe.get("/ready").await.status, 204);
    drain.start();
    server.drain.start();
    refused(&server).await;
    let answer = probe.get("/ready").await;
    assert_eq!((answer.status, answer.header("connection")), (503, Some("close")));
    assert_eq!(server.stopped().await.abandoned, 0);
}
