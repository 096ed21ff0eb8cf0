//! Where no thread can be started, spans are dropped and counted, and sent again once one can.
//!
//! A file of its own, because it takes the memory for further threads from its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
};

use bytes::Bytes;
use http::{Request, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{Body, HttpClient, ObserveLayer, client::Sending};
use tsk_trace::{Config, Sampling, Tracing};

#[derive(Debug)]
struct Collector;

impl HttpClient for Collector {
    fn send(&self, _: Request<Bytes>) -> Sending {
        Box::pin(ready(Ok(Response::new(Bytes::new()))))
    }
}

#[derive(Clone)]
struct Failing;

impl Service<Request<Body>> for Failing {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        ready(Ok(response))
    }
}

/// Lets the process have a megabyte more than it has: less than the stack of a thread.
fn take_memory() -> Rlimit {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    let former = getrlimit(Resource::As);
    setrlimit(Resource::As, Rlimit { current: Some((size + 1024) * 1024), maximum: former.maximum }).unwrap();
    former
}

#[tokio::test]
async fn spans_without_a_thread_are_dropped_and_counted_until_there_is_one() {
    let mut config = Config { sampling: Sampling::Always, ..Config::default() };
    config.export.endpoint = Some("http://collector.invalid".to_owned());
    let tracing = Tracing::with_client(config, Some(Arc::new(Collector))).unwrap();
    let mut service = ObserveLayer::new(Arc::new(tracing.observer())).layer(Failing);
    let mut serve = async || drop(service.call(Request::new(Body::empty())).await.unwrap());

    let former = take_memory();
    for _ in 0..3 {
        serve().await;
    }
    let is_whole = tracing.flush().await;
    let counts = tracing.counts();
    setrlimit(Resource::As, former).unwrap();
    assert!(!is_whole);
    assert_eq!((counts.sent, counts.dropped_full), (0, 3));
    let shown: Vec<_> = tracing.insights().iter().map(|insight| insight.snapshot().to_string()).collect();
    assert!(shown.iter().any(|shown| shown.contains("500")), "{shown:?}");

    serve().await;
    assert!(tracing.flush().await);
    let counts = tracing.counts();
    assert_eq!((counts.sent, counts.dropped_full), (1, 3));
}
