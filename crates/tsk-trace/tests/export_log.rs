//! What an application's log says of the export, and that the export is not part of any trace.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    io::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;
use tracing_subscriber::layer::SubscriberExt as _;
use tsk_core::{
    Body, HttpClient, ObserveLayer,
    client::{ClientError, Sending},
};
use tsk_trace::{Config, Sampling, Tracing};

/// A collector that is down until it is not, and what it is sent with makes spans of its own.
#[derive(Debug, Default)]
struct Collector(AtomicBool);

impl HttpClient for Collector {
    fn send(&self, _: Request<Bytes>) -> Sending {
        let _span = tracing::error_span!("connecting").entered();
        tracing::error!("of the client");
        let is_up = self.0.load(SeqCst);
        Box::pin(async move {
            if is_up { Ok(Response::new(Bytes::new())) } else { Err(ClientError::connect("refused")) }
        })
    }
}

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self, about: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(about)).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Clone)]
struct Hello;

impl Service<Request<Body>> for Hello {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Body::empty())))
    }
}

#[tokio::test]
async fn a_failure_is_one_line_and_its_end_another_and_neither_is_traced() {
    let (collector, log) = (Arc::new(Collector::default()), Log::default());
    let mut config = Config { sampling: Sampling::Always, ..Config::default() };
    config.export.endpoint = Some("http://collector.invalid".to_owned());
    config.export.flush_timeout = Duration::from_millis(10);
    let tracing = Tracing::with_client(config, Some(collector.clone())).unwrap();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    // Of this process alone: the thread that exports has no other.
    let subscriber = tracing_subscriber::registry().with(tracing.layer()).with(lines);
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let mut service = ObserveLayer::new(Arc::new(tracing.observer())).layer(Hello);
    for _ in 0..10 {
        drop(service.call(Request::new(Body::empty())).await.unwrap());
    }
    while log.lines("of the client").len() < 3 {
        assert!(!tracing.flush().await);
    }
    collector.0.store(true, SeqCst);
    while !tracing.flush().await {}

    let failed = log.lines("WARN tsk_trace::export");
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert!(failed[0].contains("spans cannot be exported: there is no connection"), "{failed:#?}");
    assert!(failed[0].contains("collector=http://collector.invalid/v1/traces"), "{failed:#?}");
    assert_eq!(log.lines("spans are exported again").len(), 1);
    // The requests alone, and nothing of the client's.
    assert_eq!(tracing.counts().sent, 10);
}
