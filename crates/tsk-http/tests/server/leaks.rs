//! Nothing is left of a connection once it is gone, however it went.

use std::sync::Arc;

use tsk_http::{Config, Router, get, post};

use crate::{
    frames::{END_HEADERS, END_STREAM, Frames, HEADERS, get as block},
    running::{Fed, Held, Running, config},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_connections_none_is_left() {
    let held = Arc::new(Held::default());
    let router = Router::new()
        .route(get("/", || async { "hello" }))
        .route(post("/", |body: String| async { body }).body_limit(10))
        .route(get("/panics", || async {
            if true {
                panic!("on purpose")
            }
        }))
        .route(get("/large", || async { vec![b'x'; 1 << 20] }))
        .route(get("/quiet", || async {
            let (sender, body) = Fed::new();
            sender.send("piece").unwrap();
            std::mem::forget(sender);
            http::Response::new(body)
        }))
        .route(held.route());
    // Few places: one that leaked would soon be missed.
    let config = Config { max_connections: 8, ..config() };
    let server = Running::with(config, router).await;
    for round in 0..1_000 {
        match round % 11 {
            0 => drop(server.connect().await),
            1 => server.connect().await.send("GET / HT").await,
            2 => assert_eq!(server.connect().await.get("/").await.text(), "hello"),
            3 => {
                let mut client = server.connect().await;
                client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
                client.stream.set_zero_linger().unwrap();
            }
            4 => {
                let mut client = server.connect().await;
                client.send("GET /large HTTP/1.1\r\nhost: test\r\n\r\n").await;
                client.head().await;
            }
            5 => {
                let mut client = server.connect().await;
                client.send("GET /quiet HTTP/1.1\r\nhost: test\r\n\r\n").await;
                client.head().await;
                client.stream.set_zero_linger().unwrap();
            }
            6 => {
                let mut client = server.connect().await;
                client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 11\r\n\r\n").await;
                assert_eq!(client.answer().await.status, 413);
            }
            7 => {
                let mut client = server.connect().await;
                client.send("nonsense\r\n\r\n").await;
                client.rest().await;
            }
            8 => assert_eq!(server.connect().await.get("/panics").await.status, 500),
            9 => {
                let mut client = Frames::connect(&server).await;
                client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/held")).await.unwrap();
            }
            _ => {
                let client = server.connect().await;
                client.stream.set_zero_linger().unwrap();
            }
        }
    }
    // No deadline is within reach: the server stops because there is nothing left to wait for.
    assert_eq!(server.stop().await.abandoned, 0);
}
