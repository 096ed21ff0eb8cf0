//! Unix sockets, and the files that stand for them.

use std::{
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::net::UnixStream;
use tsk_http::{Config, Router, Server, get};

use crate::{
    client::Client,
    running::{Running, config},
};

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" }))
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    (directory, path)
}

fn listening(path: &Path) -> Config {
    Config { listen: vec![format!("unix:{}", path.display()).parse().unwrap()], ..config() }
}

async fn get_hello(path: &Path) {
    let mut client = Client::new(UnixStream::connect(path).await.unwrap());
    for _ in 0..2 {
        assert_eq!(client.get("/").await.text(), "hello");
    }
}

#[tokio::test]
async fn is_served_and_its_file_removed_in_the_end() {
    let (_directory, path) = place();
    let server = Running::with(listening(&path), hello()).await;
    get_hello(&path).await;
    server.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn the_file_is_gone_before_the_last_request_is_finished() {
    let (_directory, path) = place();
    let held = std::sync::Arc::new(crate::running::Held::default());
    let server = Running::with(listening(&path), hello().route(held.route())).await;
    let mut client = Client::new(UnixStream::connect(&path).await.unwrap());
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    held.begun().await;
    server.drain.start();
    while path.exists() {
        tokio::task::yield_now().await;
    }
    // The next server can start.
    let next = Running::with(listening(&path), hello()).await;
    held.let_go();
    assert_eq!(client.answer().await.text(), "held");
    server.stopped().await;
    get_hello(&path).await;
    next.stop().await;
}

#[tokio::test]
async fn what_a_killed_server_left_is_replaced() {
    let (_directory, path) = place();
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = Running::with(listening(&path), hello()).await;
    get_hello(&path).await;
    server.stop().await;
}

#[tokio::test]
async fn one_that_somebody_listens_on_is_left_to_them() {
    let (_directory, path) = place();
    let server = Running::with(listening(&path), hello()).await;
    let error = Server::bind(&listening(&path)).await.unwrap_err();
    assert!(error.is_address_in_use());
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    get_hello(&path).await;
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let (_directory, path) = place();
    std::fs::write(&path, "precious").unwrap();
    let error = Server::bind(&listening(&path)).await.unwrap_err();
    assert!(error.is_listen() && !error.is_address_in_use());
    let text = error.to_string();
    assert!(text.contains(&*path.to_string_lossy()) && text.contains("no socket"), "{text}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_link_to_a_file_is_left_alone() {
    let (directory, path) = place();
    let file = directory.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    std::os::unix::fs::symlink(&file, &path).unwrap();
    assert!(Server::bind(&listening(&path)).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error() {
    let (directory, _) = place();
    let path = directory.path().join("missing/socket");
    let error = Server::bind(&listening(&path)).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on unix:{}: ", path.display())), "{error}");
}

#[tokio::test]
async fn the_file_of_another_server_is_not_removed() {
    let (_directory, path) = place();
    let server = Running::with(listening(&path), hello()).await;
    // Somebody takes the place, as a deployment does that does not wait.
    std::fs::remove_file(&path).unwrap();
    let next = Running::with(listening(&path), hello()).await;
    server.stop().await;
    get_hello(&path).await;
    next.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_server_that_never_served_removes_its_file() {
    let (_directory, path) = place();
    let server = Server::bind(&listening(&path)).await.unwrap();
    assert!(path.exists());
    drop(server);
    assert!(!path.exists());
}
