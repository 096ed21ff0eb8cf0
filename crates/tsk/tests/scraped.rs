//! The listener for scrapers alone, as scrapers and as pages in a browser find it.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;

use tsk::core::Drain;
use tsk::prelude::*;

/// Where it listens, and what ends it.
async fn start(change: impl FnOnce(&mut Config)) -> (String, Drain) {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.enabled = false;
    config.metrics.listen = Some("127.0.0.1:0".into());
    change(&mut config);
    let app = App::new(config);
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    let address = bound.scraped_address().unwrap().tcp().unwrap().to_string();
    tokio::spawn(bound.serve());
    (address, drain)
}

/// The status and the body of an answer to a request with these header lines.
async fn ask(address: &str, path: &str, lines: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\n{lines}connection: close\r\n\r\n");
    let address = address.to_owned();
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = asking.await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn a_page_whose_name_points_here_reads_no_metrics() {
    let (address, drain) = start(|config| config.admin.hosts = vec!["metrics.internal".into()]).await;
    for host in [address.as_str(), "localhost", "metrics.internal:80"] {
        let (status, page) = ask(&address, "/metrics", &format!("host: {host}\r\n")).await;
        assert!(status == 200 && page.contains("# TYPE "), "{host}: {status}");
    }
    for lines in [
        "host: rebound.example\r\n".to_owned(),
        format!("host: {address}\r\nsec-fetch-site: cross-site\r\n"),
        format!("host: {address}\r\nsec-fetch-site: same-site\r\n"),
    ] {
        let (status, page) = ask(&address, "/metrics", &lines).await;
        assert!(status == 403 && !page.contains("# TYPE "), "{lines}: {status}");
    }
    drain.start();
}

#[tokio::test]
async fn a_scraper_with_a_token_may_call_it_by_any_name() {
    const TOKEN: &str = "correct horse battery";
    let (address, drain) = start(|config| config.metrics.token = Some(TOKEN.to_owned().into())).await;
    let host = "host: shop.default.svc\r\n";
    assert_eq!(ask(&address, "/metrics", host).await.0, 401);
    let shown = format!("{host}authorization: Bearer {TOKEN}\r\n");
    assert_eq!(ask(&address, "/metrics", &shown).await.0, 200);
    drain.start();
}
