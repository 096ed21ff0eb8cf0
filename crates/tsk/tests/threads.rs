//! Where one thread serves, it is the only one: a second one, were it to sleep all the time, would have the C library make
//! each of its calls by a longer way.
//!
//! A file of its own, because whoever counts threads must be alone in the process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tsk::docs::{Docs, Info};
use tsk::prelude::*;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_service_of_one_thread_starts_no_other() {
    let before = threads();
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    // What they gather is written by threads of their own.
    (config.metrics.enabled, config.tracing.enabled) = (false, false);
    let routes = Router::new().api(get("/hello", || async { "hello" }));
    let app = App::new(config).routes(routes).docs(Docs::new(Info::new("Hello", "1")));
    let (drain, bound) = (app.drain(), app.bind().await.unwrap());
    let address = bound.addresses()[0].tcp().unwrap();
    let serving = tokio::spawn(bound.serve_until_signalled());
    for _ in 0..100 {
        assert!(ask(address, "/hello").await.ends_with("hello"));
    }
    assert!(ask(address, "/openapi.json").await.contains("\"/hello\""));
    assert_eq!(threads(), before);
    drain.start();
    assert_eq!(serving.await.unwrap().unwrap().abandoned, 0);
}
