//! What a handler can know of its request.

use http::Version;
use tokio::net::UnixStream;
use tsk_core::RequestContext;
use tsk_http::{Config, Dispatch, Entry, Exit, Router, get};

use crate::{
    client::Client,
    running::{Running, config},
};

fn router() -> Router {
    Router::new()
        .route(get("/peer", |context: RequestContext| async move { context.peer().to_string() }))
        .route(get(
            "/endpoint/{name}",
            |context: RequestContext| async move { context.endpoint().to_string() },
        ))
        .route(get("/version", |version: Version| async move { format!("{version:?}") }))
        .route(get("/id", |context: RequestContext| async move { context.request_id().to_string() }))
}

#[tokio::test]
async fn the_peer_is_the_other_end_of_the_connection() {
    let server = Running::start(router()).await;
    let mut clients = [server.connect().await, server.connect().await];
    for client in &mut clients {
        let expected = client.stream.local_addr().unwrap().to_string();
        for _ in 0..2 {
            assert_eq!(client.get("/peer").await.text(), expected);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_client_claims_of_its_address_is_not_believed() {
    let server = Running::start(router()).await;
    let mut client = server.connect().await;
    client.send("GET /peer HTTP/1.1\r\nhost: test\r\nx-forwarded-for: 192.0.2.1\r\nforwarded: for=192.0.2.1\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), client.stream.local_addr().unwrap().to_string());
    server.stop().await;
}

#[tokio::test]
async fn a_client_of_a_unix_socket_has_no_address() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listen = vec![format!("unix:{}", path.display()).parse().unwrap()];
    let server = Running::with(Config { listen, ..config() }, router()).await;
    let mut client = Client::new(UnixStream::connect(&path).await.unwrap());
    assert_eq!(client.get("/peer").await.text(), "local");
    server.stop().await;
}

#[tokio::test]
async fn the_route_and_the_version_are_known() {
    let server = Running::start(router()).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/endpoint/x").await.text(), "GET /endpoint/{name}");
    assert_eq!(client.get("/version").await.text(), "HTTP/1.1");
    client.send("GET /version HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "HTTP/1.0");
    server.stop().await;
}

#[tokio::test]
async fn every_request_has_an_identifier_of_its_own() {
    let routes = router().build().unwrap();
    let server = Running::serving(config(), move |peer| {
        let exit = Exit::new(Dispatch::new(routes.clone(), 0), Some("x-request-id".parse().unwrap()));
        Entry::new(exit, routes.clone(), peer)
    })
    .await;
    let mut client = server.connect().await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..10 {
        let answer = client.get("/id").await;
        assert_eq!(answer.header("x-request-id"), Some(answer.text()));
        ids.insert(answer.body);
    }
    assert_eq!(ids.len(), 10);
    server.stop().await;
}
