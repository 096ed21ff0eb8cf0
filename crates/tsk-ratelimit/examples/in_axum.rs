//! Limits for an axum service: `cargo run -p tsk-ratelimit --example in_axum`, then
//! `for i in 1 2 3 4; do curl -i localhost:8080; done`.
//!
//! Addresses are limited before anybody is asked who they are, and callers once they have said it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use tsk_core::{GateLayer, Principal, RequestContext, principal::Kind};
use tsk_ratelimit::{Key, Limits, PeerLayer, Quota, Rule, Store};

/// Believes whoever says a name. One's own would look at a token.
async fn authenticate(request: Request, next: Next) -> Response {
    let name = request.headers().get("x-name").and_then(|name| name.to_str().ok());
    if let (Some(name), Some(context)) = (name, RequestContext::get(request.extensions())) {
        context.set_principal(Principal::new(name, Kind::User));
    }
    next.run(request).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::memory(16 << 20, Instant::now());
    let (before, after) = Limits::new(store)
        .rule(Rule::new(Quota::new(3, Duration::from_secs(10))).name("addresses"))
        .rule(Rule::per_minute(2).name("callers").by(Key::principal()))
        .gates()?;

    let app = Router::new()
        .route("/", get(|| async { "hello\n" }))
        // The last layer is the outermost.
        .layer(GateLayer::new(after))
        .layer(from_fn(authenticate))
        .layer(GateLayer::new(before))
        .layer(PeerLayer::new(|extensions| extensions.get().map(|ConnectInfo(address)| *address)));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
