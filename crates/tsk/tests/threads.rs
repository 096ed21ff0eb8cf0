//! Where one thread serves, it is the only one: a second one, were it to sleep all the time, would have the C library make
//! each of its calls by a longer way.
//!
//! A file of its own, because whoever counts threads must be alone in the process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use ::http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tsk::docs::{Docs, Info};
use tsk::prelude::*;
use tsk::trace::Sampling;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_service_of_one_thread_keeps_no_other() {
    let before = threads();
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    // A thread sends spans, once there are some.
    config.tracing.sampling = Sampling::Never;
    assert!(config.metrics.enabled && config.tracing.enabled);
    let broken = get("/broken", || async { StatusCode::INTERNAL_SERVER_ERROR });
    let routes = Router::new().api(get("/hello", || async { "hello" })).route(broken);
    let app = App::new(config).routes(routes).docs(Docs::new(Info::new("Hello", "1")));
    let (drain, bound) = (app.drain(), app.bind().await.unwrap());
    let address = bound.addresses()[0].tcp().unwrap();
    let admin = bound.admin_address().unwrap().tcp().unwrap();
    let handle = bound.handle();
    let (metrics, tracing) = (handle.metrics().unwrap(), handle.tracing().unwrap());
    let serving = tokio::spawn(bound.serve_until_signalled());

    for _ in 0..100 {
        assert!(ask(address, "/hello").await.ends_with("hello"));
    }
    assert!(ask(address, "/openapi.json").await.contains("\"/hello\""));
    assert_eq!(threads(), before);

    // Percentiles are of the last minute, which passes.
    assert_eq!(metrics.percentiles().all.minute.requests, 101);
    metrics.tick(Instant::now() + Duration::from_secs(100));
    let all = metrics.percentiles().all;
    assert_eq!((all.minute.requests, all.start.requests), (0, 101));
    assert_eq!(threads(), before);

    // Whoever scrapes is answered, and no thread stays.
    for _ in 0..3 {
        let page = ask(admin, "/metrics").await;
        let counted = "http_route=\"/hello\",http_response_status_code=\"200\"} 100\n";
        assert!(page.contains(counted), "{page}");
        while threads() > before {
            tokio::task::yield_now().await;
        }
    }

    // What has failed is seen, whether or not it is sent anywhere.
    assert!(ask(address, "/broken").await.starts_with("HTTP/1.1 500"));
    let insights = tracing.insights();
    let shown = insights.iter().map(|insight| insight.snapshot().to_string());
    assert!(shown.into_iter().any(|shown| shown.contains("/broken")));

    drain.start();
    assert_eq!(serving.await.unwrap().unwrap().abandoned, 0);
}
