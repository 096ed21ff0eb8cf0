//! RFC 9110 §10.1.1: a body that waits to be asked for.

use std::sync::Arc;

use crate::{running::Running, table};

const HEAD: &str = "host: test\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";

#[tokio::test]
async fn a_body_that_is_wanted_is_asked_for() {
    let server = Running::start(table::router(&Arc::default())).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send(format!("POST /post HTTP/1.1\r\n{HEAD}")).await;
        assert_eq!(client.head().await.status, 100);
        client.send("hello").await;
        assert_eq!(client.answer().await.text(), "hello");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_wanted_is_refused_at_once() {
    let server = Running::start(table::router(&Arc::default())).await;
    for (line, status) in [
        ("POST /gone HTTP/1.1\r\n", 404),
        ("POST /get HTTP/1.1\r\n", 405),
        ("TRACE /post HTTP/1.1\r\n", 405),
        ("POST /post HTTP/1.1\r\nhost: again\r\n", 400),
    ] {
        let mut client = server.connect().await;
        client.send(format!("{line}{HEAD}")).await;
        assert_eq!(client.answer().await.status, status, "{line}");
        client.closed().await;
    }
    server.stop().await;
}
