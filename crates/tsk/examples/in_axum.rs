//! Single pieces in somebody else's axum service: `cargo run --example in_axum`.
//!
//! `Files` and the routes of a `Router` are tower services; a `Gate` is a tower layer. And the other way
//! round: within our router, an axum router is mounted under a prefix.

use axum::routing::get_service;
use tsk::{
    core::{Admission, Gate, GateLayer, Head, Never, Peer, Policy, Problem},
    http::{Files, Router, get},
};

/// Refuses requests that do not say who they are.
#[derive(Clone)]
struct MustSayWho;

impl Policy for MustSayWho {}

impl Gate for MustSayWho {
    type Ticket = ();
    type Wait = Never<()>;

    fn admit(&self, head: Head<'_>) -> Admission<(), Never<()>> {
        if head.headers.contains_key(http::header::USER_AGENT) {
            return Admission::Pass(());
        }
        Admission::Refuse(
            Problem::new(http::StatusCode::FORBIDDEN).detail("Send a `user-agent`, please.").into(),
        )
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let axum_routes = axum::Router::new().route("/ping", axum::routing::get(|| async { "pong from axum" }));
    let routes = Router::new()
        .route(get("/hello", || async { "hello from tsk" }))
        .nest("/axum", axum_routes)
        .build()?;

    let app = axum::Router::new()
        .route("/", axum::routing::get(|| async { "axum, with pieces of tsk" }))
        .nest_service("/files", Files::new(".")?)
        .route("/hello", get_service(routes.service(Peer::Local)))
        .route("/axum/{*rest}", get_service(routes.service(Peer::Local)))
        .layer(GateLayer::new(MustSayWho));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
