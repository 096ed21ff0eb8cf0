//! Tracing of a plain hyper service: `cargo run -p tsk-trace --example plain_hyper`, with a collector at
//! `OTEL_EXPORTER_OTLP_ENDPOINT` if there is one.

use std::{convert::Infallible, env, sync::Arc};

use hyper::{Request, Response, body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tower_layer::Layer as _;
use tsk_core::{Body, ObserveLayer};
use tsk_trace::{Config, Sampling, Tracing};

#[derive(Clone)]
struct Hello;

impl tower_service::Service<Request<Incoming>> for Hello {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let trace = tsk_trace::current().map_or(0, |trace| trace.id);
        std::future::ready(Ok(Response::new(Body::from(format!("hello, in trace {trace:032x}\n")))))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config =
        Config { service: Some("plain-hyper".into()), sampling: Sampling::Always, ..Config::default() };
    for ignored in config.read_environment(&|name| env::var(name).ok()) {
        eprintln!("{ignored}");
    }
    let tracing = Tracing::new(config)?;
    let service = ObserveLayer::new(Arc::new(tracing.observer())).layer(Hello);

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            _ = tokio::signal::ctrl_c() => break,
        };
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
        tokio::spawn(connection);
    }
    tracing.flush().await;
    Ok(())
}
