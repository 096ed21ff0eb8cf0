//! A server that changes its service and its settings while it runs.

use std::sync::Arc;

use bytesize::ByteSize;
use tsk_http::{Config, Connection, Router, Server, get, router::RouteService, server::Running};

use crate::{
    client::Client,
    running::{Held, config, patiently},
};

fn answering(text: &'static str) -> Arc<impl Fn(Connection) -> RouteService + Send + Sync + 'static> {
    serving(Router::new().route(get("/", move || async move { text })))
}

fn serving(router: Router) -> Arc<impl Fn(Connection) -> RouteService + Send + Sync + 'static> {
    let routes = router.build().unwrap();
    Arc::new(move |connection| routes.service(connection))
}

struct Started {
    running: Running,
    address: std::net::SocketAddr,
}

async fn start(config: &Config) -> Started {
    let server = Server::bind(config).await.unwrap();
    let address = server.addresses()[0].tcp().unwrap();
    Started { running: server.start(), address }
}

#[tokio::test]
async fn who_comes_later_gets_another_service_and_who_is_there_keeps_the_old_one() {
    let Started { mut running, address } = start(&config()).await;
    let mut early = None;
    let first = async {
        let mut client = Client::connect(address).await;
        assert_eq!(client.get("/").await.text(), "old");
        early = Some(client);
    };
    patiently(running.accept(&answering("old"), first)).await;
    let second = async {
        assert_eq!(Client::connect(address).await.get("/").await.text(), "new");
        assert_eq!(early.as_mut().unwrap().get("/").await.text(), "old");
    };
    patiently(running.accept(&answering("new"), second)).await;
}

#[tokio::test]
async fn who_is_retired_gets_its_answer_and_comes_again() {
    let Started { mut running, address } = start(&config()).await;
    let held = Arc::new(Held::default());
    let (mut busy, mut idle) = (Client::connect(address).await, Client::connect(address).await);
    let first = async {
        idle.get("/nowhere").await;
        busy.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
        held.begun().await;
    };
    patiently(running.accept(&serving(Router::new().route(held.route())), first)).await;
    running.retire();
    let second = async {
        idle.closed().await;
        assert_eq!(Client::connect(address).await.get("/").await.text(), "new");
        held.let_go();
        let answer = busy.answer().await;
        assert_eq!((answer.text(), answer.header("connection")), ("held", Some("close")));
        busy.closed().await;
    };
    let make = answering("new");
    patiently(running.accept(&make, second)).await;
    assert_eq!(patiently(running.stop(&make)).await.abandoned, 0);
}

#[tokio::test]
async fn other_settings_hold_for_who_comes_later() {
    let Started { mut running, address } = start(&config()).await;
    let make = answering("hello");
    let head = format!("GET / HTTP/1.1\r\nhost: test\r\nx-long: {}\r\n\r\n", "a".repeat(20_000));
    let mut early = Client::connect(address).await;
    let first = async {
        early.send(&head).await;
        assert_eq!(early.answer().await.status, 200);
    };
    patiently(running.accept(&make, first)).await;

    let narrow = Config { head_limit: ByteSize::kib(8), max_connections: 2, ..config() };
    assert!(running.reconfigure(&narrow).unwrap().is_empty());
    let second = async {
        early.send(&head).await;
        assert_eq!(early.answer().await.status, 200);
        let mut late = Client::connect(address).await;
        late.send(&head).await;
        assert_eq!(late.answer().await.status, 431);
        drop(late);
        // Two at a time: the third is served once the second has gone.
        let mut two = Client::connect(address).await;
        assert_eq!(two.get("/").await.text(), "hello");
        let mut three = Client::connect(address).await;
        three.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        assert_eq!(two.get("/").await.text(), "hello");
        assert!(!three.has_answer());
        drop(two);
        assert_eq!(three.answer().await.text(), "hello");
    };
    patiently(running.accept(&make, second)).await;
}

#[tokio::test]
async fn settings_that_make_no_sense_change_nothing() {
    let Started { mut running, address } = start(&config()).await;
    let wrong = Config { max_connections: 1, head_limit: ByteSize::b(0), ..config() };
    assert!(running.reconfigure(&wrong).is_err());
    let both = async {
        let (mut one, mut two) = (Client::connect(address).await, Client::connect(address).await);
        assert_eq!(one.get("/").await.text(), "hello");
        assert_eq!(two.get("/").await.text(), "hello");
    };
    patiently(running.accept(&answering("hello"), both)).await;
}

#[tokio::test]
async fn what_cannot_change_is_named() {
    let Started { mut running, .. } = start(&config()).await;
    let other = Config { listen: vec!["127.0.0.1:1".parse().unwrap()], backlog: 7, ..config() };
    assert_eq!(running.reconfigure(&other).unwrap(), ["http.listen", "http.backlog"]);
    let more =
        Config { listen: vec!["127.0.0.1:0".parse().unwrap(), "127.0.0.1:1".parse().unwrap()], ..config() };
    assert_eq!(running.reconfigure(&more).unwrap(), ["http.listen"]);
    assert!(running.reconfigure(&config()).unwrap().is_empty());
}

#[tokio::test]
async fn what_goes_on_can_be_seen() {
    let server = Server::bind(&config()).await.unwrap();
    let (address, monitor) = (server.addresses()[0].tcp().unwrap(), server.monitor());
    let mut running = server.start();
    let held = Arc::new(Held::default());
    let make = serving(Router::new().route(held.route()));
    let clients = async {
        Client::connect(address).await.get("/nowhere").await;
        let mut client = Client::connect(address).await;
        client.get("/nowhere").await;
        client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
        held.begun().await;
        // The first has gone, as soon as the server has seen it.
        while monitor.activity().connections > 1 {
            tokio::task::yield_now().await;
        }
        let now = monitor.activity();
        assert_eq!((now.connections, now.busy, now.accepted, now.requests), (1, 1, 2, 3));
        let asked = ["/nowhere", "/nowhere", "/held"]
            .map(|path| format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").len() as u64);
        let asked = asked.iter().sum::<u64>();
        // An end may count as a byte.
        assert!((asked..=asked + now.accepted).contains(&now.received), "{now:?}");
        assert!(now.sent > now.received, "{now:?}");
        held.let_go();
        client.answer().await;
    };
    patiently(running.accept(&make, clients)).await;
    patiently(running.stop(&make)).await;
    let last = monitor.activity();
    assert_eq!((last.connections, last.busy, last.accepted, last.requests), (0, 0, 2, 3));
}

#[tokio::test]
async fn what_a_retired_client_sends_at_once_is_answered_to_the_last() {
    // Idle clients are not closed meanwhile.
    let config = Config { drain_grace: std::time::Duration::from_secs(3_000), ..config() };
    let Started { mut running, address } = start(&config).await;
    let make = answering("hello");
    let (mut together, mut in_parts) = (Client::connect(address).await, Client::connect(address).await);
    let first = async {
        together.get("/").await;
        in_parts.get("/").await;
    };
    patiently(running.accept(&make, first)).await;
    running.retire();
    let second = async {
        let requests = "GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(3);
        together.send(&requests).await;
        let (part, rest) = requests.split_at(requests.len() / 2);
        in_parts.send(part).await;
        for client in [&mut together, &mut in_parts] {
            assert_eq!(client.answer().await.header("connection"), None);
        }
        in_parts.send(rest).await;
        for client in [&mut together, &mut in_parts] {
            assert_eq!(client.answer().await.header("connection"), None);
            assert_eq!(client.answer().await.header("connection"), Some("close"));
            client.closed().await;
        }
    };
    patiently(running.accept(&make, second)).await;
}
