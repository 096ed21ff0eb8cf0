//! A server that goes on for a while once it is told to stop.

use std::time::Duration;

use tokio::net::TcpStream;
use tsk_http::{Config, Router, get};

use crate::running::{Running, config, patiently};

#[tokio::test]
async fn clients_are_let_in_for_a_while_where_that_is_wanted() {
    let hello = Router::new().route(get("/", || async { "hello" }));
    let hour = Duration::from_secs(3_600);
    let server = Running::with(Config { drain_delay: hour, ..config() }, hello).await;
    server.drain.start();
    let mut client = server.connect().await;
    for _ in 0..2 {
        let answer = client.get("/").await;
        assert_eq!((answer.text(), answer.header("connection")), ("hello", None));
    }
    tokio::time::pause();
    tokio::time::advance(hour).await;
    tokio::time::resume();
    let address = server.address();
    patiently(async { while TcpStream::connect(address).await.is_ok() {} }).await;
    client.closed().await;
    assert_eq!(server.stopped().await.abandoned, 0);
}
