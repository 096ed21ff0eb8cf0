//! Health in a plain hyper server: `cargo run -p tsk-health --example plain_hyper`, then
//! `curl -i http://127.0.0.1:8080/readyz`.
//!
//! Probes are answered before anything else looks at the request.

use std::convert::Infallible;

use bytes::Bytes;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::net::TcpListener;
use tsk_core::{Body, Drain};
use tsk_health::{Health, Kind, check::Tcp};

async fn hello(_: Request<Incoming>) -> Response<Body> {
    Response::new(Body::from(Bytes::from_static(b"hello\n")))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Health::builder().check("cache", Kind::Readiness, Tcp::new("127.0.0.1", 6379)).build()?;
    let drain = Drain::new();
    tokio::spawn({
        let health = health.clone();
        async move { health.run(drain).await }
    });
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    health.started();
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let health = health.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let probe = health.probe(request.method(), request.uri().path());
            async move {
                let answer = match probe {
                    Some(answer) => answer,
                    None => hello(request).await,
                };
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(async move {
            // How one client ends its connection is no concern of the others.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
