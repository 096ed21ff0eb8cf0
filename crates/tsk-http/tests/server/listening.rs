//! Where a server listens, and why it cannot.

use std::{collections::HashSet, time::Duration};

use tokio::net::TcpListener;
use tsk_http::{Config, Router, Server, get, server::Address};

use crate::{
    client::Client,
    running::{Running, config},
};

fn hello() -> Router {
    Router::new().route(get("/", || async { "hello" }))
}

fn listening(addresses: &[&str]) -> Config {
    Config { listen: addresses.iter().map(|address| address.parse().unwrap()).collect(), ..config() }
}

#[tokio::test]
async fn listens_on_several_addresses_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let unix = format!("unix:{}", path.display());
    let server =
        Running::with(listening(&["127.0.0.1:0", &unix, "127.0.0.2:0", "localhost:0"]), hello()).await;
    assert_eq!(server.addresses.len(), 4);
    let ports: HashSet<_> = server.addresses.iter().filter_map(Address::tcp).collect();
    assert_eq!(ports.len(), 3, "each port is one of its own: {ports:?}");
    assert!(ports.iter().all(|address| address.port() != 0));
    assert_eq!(server.addresses[1], Address::Unix(path.clone()));
    for address in &server.addresses {
        match address {
            Address::Tcp(address) | Address::Tls(address) => {
                assert_eq!(Client::connect(*address).await.get("/").await.text(), "hello")
            }
            Address::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await.unwrap();
                assert_eq!(Client::new(stream).get("/").await.text(), "hello");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_address_is_shown_as_users_open_it() {
    let server = Server::bind(&listening(&["127.0.0.1:0"])).await.unwrap();
    let address = server.addresses()[0].clone();
    assert_eq!(address.to_string(), format!("http://127.0.0.1:{}", address.tcp().unwrap().port()));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap().to_string();
    let error = Server::bind(&listening(&["127.0.0.1:0", &address])).await.unwrap_err();
    assert!(error.is_address_in_use() && error.is_listen());
    assert_eq!(error.address().unwrap().to_string(), address);
    assert_eq!(error.to_string(), format!("cannot listen on {address}: another program does"));
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let error = Server::bind(&listening(&["192.0.2.1:80"])).await.unwrap_err();
    assert!(error.is_listen() && !error.is_address_in_use());
    assert!(error.to_string().starts_with("cannot listen on 192.0.2.1:80: "), "{error}");
}

#[tokio::test]
async fn a_port_is_free_again_once_the_server_has_stopped() {
    let server = Running::start(hello()).await;
    let mut client = server.connect().await;
    assert_eq!(client.get("/").await.text(), "hello");
    let address = server.address().to_string();
    server.stop().await;
    // Though the connection of the client is one that the system remembers.
    let server = Running::with(listening(&[&address]), hello()).await;
    assert_eq!(server.connect().await.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_configuration_that_lets_nobody_in_is_refused() {
    for (config, key) in [
        (Config { listen: Vec::new(), ..config() }, "http.listen"),
        (Config { max_connections: 0, ..config() }, "http.max_connections"),
        (Config { head_timeout: Duration::ZERO, ..config() }, "http.head_timeout"),
    ] {
        let error = Server::bind(&config).await.unwrap_err();
        assert!(error.to_string().contains(key) && !error.is_listen(), "{error}");
    }
}

#[tokio::test]
async fn a_limit_without_bound_is_possible() {
    let server = Running::with(Config { max_connections: usize::MAX, ..config() }, hello()).await;
    assert_eq!(server.connect().await.get("/").await.text(), "hello");
    server.stop().await;
}
