//! RFC 9110 §7.8: what follows an upgrade is another protocol, and passed on as it is.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_service::Service;
use tsk_core::Body;
use tsk_http::server::RequestBody;

use crate::{
    client::Client,
    running::{Running, config, patiently},
};

/// Sends back what it is sent, once upgraded.
#[derive(Clone)]
struct Echo;

impl Service<Request<RequestBody>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        tokio::spawn(async {
            let mut stream = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
            let mut bytes = [0; 64];
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                stream.write_all(&bytes[..count]).await.unwrap();
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(header::UPGRADE, header::HeaderValue::from_static("echo"));
        ready(Ok(response))
    }
}

#[tokio::test]
async fn bytes_behind_an_upgrade_are_no_request() {
    let server = Running::serving(config(), |_| Echo).await;
    let mut client: Client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await;
    assert_eq!(client.head().await.status, 101);
    for bytes in [b"a\nb\n\n".as_slice(), b"GET /#\0\n", b"\r\n\n\xff"] {
        client.send(bytes).await;
        let mut echoed = vec![0; bytes.len()];
        patiently(client.stream.read_exact(&mut echoed)).await.unwrap();
        assert_eq!(echoed, bytes);
    }
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn a_socket_occupies_what_its_connection_did() {
    let config = tsk_http::Config { max_connections: 1, ..config() };
    let server = Running::serving(config, |_| Echo).await;
    let request = "GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    let mut client: Client = server.connect().await;
    client.send(request).await;
    assert_eq!(client.head().await.status, 101);
    let mut other: Client = server.connect().await;
    other.send(request).await;
    for _ in 0..100 {
        client.send("a").await;
        patiently(client.stream.read_exact(&mut [0])).await.unwrap();
    }
    assert!(!other.has_answer(), "there is room for one");
    drop(client);
    assert_eq!(other.head().await.status, 101);
    drop(other);
    server.stop().await;
}
