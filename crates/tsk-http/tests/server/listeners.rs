//! Several listeners, each with its own settings.

use std::time::Duration;

use bytesize::ByteSize;
use tsk_http::{Config, Connection, Listen, Router, Server, config::Protocol, get, post};

use crate::{
    client::Client,
    frames::PREFACE,
    running::{Running, config, patiently},
};

fn routes() -> Router {
    Router::new().route(get("/", || async { "hello" })).route(post("/", |body: String| async { body })).route(
        get("/listener", |connection: Connection| async move {
            let address = connection.address().map(ToString::to_string).unwrap_or_default();
            format!("{:?} {address}", connection.listener_index())
        }),
    )
}

fn anywhere() -> Listen {
    Listen::tcp("127.0.0.1", 0)
}

/// A server with one listener that is like any other, and one that is not.
async fn two(other: Listen) -> Running {
    Running::with(Config { listen: vec![anywhere(), other], ..config() }, routes()).await
}

async fn connect(server: &Running, listener: usize) -> Client {
    Client::connect(server.addresses[listener].tcp().unwrap()).await
}

#[tokio::test]
async fn a_listener_has_deadlines_of_its_own() {
    let soon = Some(Duration::from_millis(100));
    let server = two(Listen { head_timeout: soon, idle_timeout: soon, ..anywhere() }).await;
    let mut patient = connect(&server, 0).await;
    let mut slow = connect(&server, 1).await;
    slow.send("G").await;
    slow.closed().await;
    let mut idle = connect(&server, 1).await;
    assert_eq!(idle.get("/").await.text(), "hello");
    idle.closed().await;
    assert_eq!(patient.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_listener_has_places_of_its_own() {
    let server = two(Listen { max_connections: Some(1), ..anywhere() }).await;
    for _ in 0..2 {
        let mut first = connect(&server, 1).await;
        assert_eq!(first.get("/").await.text(), "hello");
        let mut second = connect(&server, 1).await;
        second.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        // The other listener has room all the time.
        for _ in 0..20 {
            assert_eq!(connect(&server, 0).await.get("/").await.text(), "hello");
            assert!(!second.has_answer());
        }
        drop(first);
        assert_eq!(second.answer().await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_listener_has_a_body_limit_of_its_own() {
    let server = two(Listen { body_limit: Some(ByteSize::b(3)), ..anywhere() }).await;
    for (listener, status) in [(0, 200), (1, 413)] {
        let mut client = connect(&server, listener).await;
        client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nfour").await;
        assert_eq!(client.answer().await.status, status);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_listener_without_http2_refuses_its_preface() {
    let server = two(Listen { protocols: vec![Protocol::H1], ..anywhere() }).await;
    let mut client = connect(&server, 1).await;
    client.send(PREFACE).await;
    let rest = String::from_utf8(client.rest().await).unwrap();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 4"), "{rest}");
    assert_eq!(connect(&server, 1).await.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_listener_without_http1_answers_in_http2_alone() {
    let server = two(Listen { protocols: vec![Protocol::H2], ..anywhere() }).await;
    let mut client = connect(&server, 1).await;
    let _ = client.try_send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert!(!client.rest().await.starts_with(b"HTTP/1"));

    let stream = tokio::net::TcpStream::connect(server.addresses[1].tcp().unwrap()).await.unwrap();
    let (mut sender, connection) = patiently(h2::client::handshake(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://test/").body(()).unwrap();
    let answer = patiently(sender.send_request(request, true).unwrap().0).await.unwrap();
    assert_eq!(answer.status(), 200);
    drop(sender);
    server.stop().await;
}

#[tokio::test]
async fn a_handler_knows_where_its_request_came_in() {
    let server = two(anywhere()).await;
    for listener in 0..2 {
        let mut client = connect(&server, listener).await;
        let expected = format!("Some({listener}) {}", server.addresses[listener]);
        assert_eq!(client.get("/listener").await.text(), expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_listener_that_serves_nobody_is_refused() {
    for (listen, key) in [
        (Listen { protocols: Vec::new(), ..anywhere() }, "`http.listen[1].protocols`"),
        (Listen { max_connections: Some(0), ..anywhere() }, "`http.listen[1].max_connections`"),
        (Listen { idle_timeout: Some(Duration::ZERO), ..anywhere() }, "`http.listen[1].idle_timeout`"),
    ] {
        let config = Config { listen: vec![anywhere(), listen], ..config() };
        let error = Server::bind(&config).await.unwrap_err();
        assert!(error.to_string().starts_with(key) && !error.is_listen(), "{error}");
    }
}
