//! How many connections there may be at a time.

use tsk_http::{Config, Router, get};

use crate::{
    client::Client,
    running::{Running, config},
};

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" }))
}

#[tokio::test]
async fn who_comes_over_the_limit_waits_until_somebody_leaves() {
    let server = Running::with(Config { max_connections: 2, ..config() }, hello()).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert_eq!((first.get("/").await.status, second.get("/").await.status), (200, 200));

    let mut third = server.connect().await;
    third.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    for _ in 0..50 {
        assert_eq!(first.get("/").await.text(), "hello");
        assert!(!third.has_answer());
    }
    drop(second);
    assert_eq!(third.answer().await.text(), "hello");
    assert_eq!(first.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn every_listener_serves_as_long_as_there_is_room() {
    let listen = vec!["127.0.0.1:0".parse().unwrap(); 3];
    let server = Running::with(Config { listen, max_connections: 1, ..config() }, hello()).await;
    for address in server.addresses.clone().into_iter().rev() {
        // Each leaves before the next one comes.
        let mut client = Client::connect(address.tcp().unwrap()).await;
        assert_eq!(client.get("/").await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_server_told_to_stop_does_not_wait_for_room() {
    let server = Running::with(Config { max_connections: 1, ..config() }, hello()).await;
    let mut first = server.connect().await;
    assert_eq!(first.get("/").await.status, 200);
    let mut second = server.connect().await;
    server.drain.start();
    first.closed().await;
    second.closed().await;
    assert_eq!(server.stopped().await.abandoned, 0);
}
