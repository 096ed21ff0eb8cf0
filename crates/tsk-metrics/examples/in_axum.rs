//! Metrics for an axum service: `cargo run -p tsk-metrics --example in_axum`, then
//! `curl localhost:8080/users/42; curl localhost:8080/metrics`.

use std::sync::Arc;

use axum::{
    Router,
    extract::{MatchedPath, Path},
    routing::get,
};
use tsk_core::ObserveLayer;
use tsk_metrics::{Config, Metrics, Scrape};

async fn user(Path(id): Path<u64>) -> String {
    metrics::counter!("users_shown_total").increment(1);
    format!("user {id}\n")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = Metrics::new(&Config::default())?;
    metrics.install()?;
    metrics::describe_counter!("users_shown_total", "Users that were shown.");
    metrics.runtime(tokio::runtime::Handle::current());
    metrics.build("in_axum", env!("CARGO_PKG_VERSION"), "");

    let http = metrics.http().route_by(|head| head.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    let observe = ObserveLayer::new(Arc::new(http));
    let app = Router::new()
        .route("/users/{id}", get(user))
        .fallback(|| async { axum::http::StatusCode::NOT_FOUND })
        // What is declared above is counted, and the scrapes below are not.
        .layer(observe)
        .route_service("/metrics", Scrape::new(metrics));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
