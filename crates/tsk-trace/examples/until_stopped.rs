//! A service on plain hyper that traces every request until it is told to stop, and then sends the last spans:
//! `cargo xtask soak spans` has it do so a thousand times.
//!
//! ```console
//! $ OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run -p tsk-trace --example until_stopped
//! ```

use std::{
    convert::Infallible,
    error::Error,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown, service::TowerToHyperService};
use tokio::{
    net::TcpListener,
    select,
    signal::unix::{SignalKind, signal},
};
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{Body, Endpoint, ObserveLayer, Policy as _, RouteTable};
use tsk_trace::{Config, Sampling, Tracing};

#[derive(Clone)]
struct Hello;

impl Service<Request<Incoming>> for Hello {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        ready(Ok(Response::new(Body::from("hello\n"))))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config =
        Config { service: Some("hello".to_owned()), sampling: Sampling::Always, ..Config::default() };
    for ignored in config.read_environment(&|name| std::env::var(name).ok()) {
        eprintln!("{ignored}");
    }
    let tracing = Tracing::new(config)?;
    let mut observer = tracing.observer();
    observer.bind(&RouteTable::new([Endpoint::new(Some(Method::GET), "/")]))?;
    let service = ObserveLayer::new(Arc::new(observer)).layer(Hello);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let (mut stop, connections) = (signal(SignalKind::terminate())?, GracefulShutdown::new());
    loop {
        let (stream, _) = select! {
            accepted = listener.accept() => accepted?,
            _ = stop.recv() => break,
        };
        let service = TowerToHyperService::new(service.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // Clients come and go.
            let _ = connection.await;
        });
    }
    drop(listener);
    connections.shutdown().await;
    // After the last request.
    if !tracing.flush().await {
        return Err("some spans have not arrived".into());
    }
    Ok(())
}
