//! A subscriber that is installed before there is any tracing, as that of a command is.
//!
//! A file of its own, because which tracing was made last is a matter of the process.

#![allow(clippy::unwrap_used)]

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};
use tsk_core::{Head, HttpClient, Observe as _, RequestContext, client::Sending};
use tsk_trace::{Config, Sampling, Tracing, config::Level, export};

/// Remembers what it is sent.
#[derive(Debug, Default)]
struct Collector(Mutex<Vec<u8>>);

impl HttpClient for Collector {
    fn send(&self, request: Request<Bytes>) -> Sending {
        self.0.lock().unwrap().extend_from_slice(request.body());
        Box::pin(async { Ok(Response::new(Bytes::new())) })
    }
}

#[test]
fn spans_go_to_the_tracing_that_was_made_last() {
    tracing_subscriber::registry().with(tsk_trace::layer(Level::Info)).init();
    let export = export::Config { endpoint: Some("http://collector".into()), ..Default::default() };
    let config = Config { sampling: Sampling::Always, export, ..Config::default() };
    let earlier = Arc::new(Collector::default());
    let _earlier = Tracing::with_client(config.clone(), Some(Arc::clone(&earlier) as _)).unwrap();
    let collector = Arc::new(Collector::default());
    let tracing = Tracing::with_client(config, Some(Arc::clone(&collector) as _)).unwrap();

    let observer = tracing.observer();
    let mut request = Request::new(());
    RequestContext::ensure(request.extensions_mut());
    let mut watched = Default::default();
    observer.begin(&mut watched, &Head::new(&request).unwrap());
    observer.enter(&mut watched);
    tracing::info_span!("the-query").in_scope(|| {});
    observer.leave(&mut watched);

    let mut flushed = Box::pin(tracing.flush());
    let mut cx = Context::from_waker(Waker::noop());
    while flushed.as_mut().poll(&mut cx) == Poll::Pending {
        std::thread::yield_now();
    }
    let has =
        |collector: &Collector| collector.0.lock().unwrap().windows(9).any(|window| window == b"the-query");
    assert!(has(&collector) && !has(&earlier));
}
