//! Metrics for a service on hyper alone: `cargo run -p tsk-metrics --example plain_hyper`, then
//! `curl localhost:8080/; curl localhost:9464/metrics`.
//!
//! The metrics have a listener of their own here, which is not for everybody.

use std::{convert::Infallible, sync::Arc};

use http::{Request, Response};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, ObserveLayer};
use tsk_metrics::{Config, Metrics, Scrape};

type Answer = std::future::Ready<Result<Response<Body>, Infallible>>;

/// Greets everybody. There are no routes, so that all requests are counted as one.
#[derive(Clone)]
struct Greeter;

impl<B> Service<Request<B>> for Greeter {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Answer {
        std::future::ready(Ok(Response::new(Body::from("hello\n"))))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = Metrics::new(&Config::default())?;
    metrics.install()?;
    let service = ObserveLayer::new(Arc::new(metrics.http())).layer(Greeter);

    let mut addresses = std::env::args().skip(1);
    let mut address = |default: &str| addresses.next().unwrap_or_else(|| default.into());
    let public = TcpListener::bind(address("127.0.0.1:8080")).await?;
    let private = TcpListener::bind(address("127.0.0.1:9464")).await?;
    println!("listening on http://{}, metrics on http://{}", public.local_addr()?, private.local_addr()?);
    loop {
        tokio::select! {
            accepted = public.accept() => {
                let connection = TokioIo::new(accepted?.0);
                let service = TowerToHyperService::new(service.clone());
                tokio::spawn(async move {
                    Builder::new(TokioExecutor::new()).serve_connection(connection, service).await
                });
            }
            accepted = private.accept() => {
                let connection = TokioIo::new(accepted?.0);
                let scrape = TowerToHyperService::new(Scrape::new(metrics.clone()));
                tokio::spawn(async move {
                    Builder::new(TokioExecutor::new()).serve_connection(connection, scrape).await
                });
            }
        }
    }
}
