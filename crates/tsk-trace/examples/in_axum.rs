//! Tracing of an axum service: `cargo run -p tsk-trace --example in_axum`, with a collector at
//! `OTEL_EXPORTER_OTLP_ENDPOINT` if there is one, such as Jaeger at `http://localhost:4318`.

use std::{env, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, MatchedPath, Path, Request},
    http::{Method, StatusCode},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use tracing_subscriber::{fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use tsk_core::{Endpoint, ObserveLayer, Params, Peer, Policy as _, RequestContext, RouteTable, Scope};
use tsk_trace::{Config, Sampling, Tracing, log};

#[tracing::instrument]
async fn load(id: u64) -> Result<String, std::io::Error> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    if id == 0 { Err(std::io::Error::other("there is no user 0")) } else { Ok(format!("user {id}\n")) }
}

async fn user(Path(id): Path<u64>) -> Result<String, StatusCode> {
    load(id).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot load");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config =
        Config { service: Some("in-axum".into()), sampling: Sampling::Always, ..Config::default() };
    let ignored = config.read_environment(&|name| env::var(name).ok());
    let tracing = Tracing::new(config)?;

    // The subscriber is the application's: lines with the identifiers of their request, and spans of handlers.
    let lines = log::Text::new(&[]);
    let lines = fmt::layer().with_ansi(false).fmt_fields(lines.clone()).event_format(lines);
    let level = tracing_subscriber::filter::LevelFilter::INFO;
    tracing_subscriber::registry().with(tracing.layer()).with(lines).with(level).init();
    ignored.iter().for_each(|ignored| tracing::warn!("{ignored}"));

    // What axum knows of its routes, said once more, so that spans are named after them.
    let routes = RouteTable::new([
        Endpoint::new(Some(Method::GET), "/"),
        Endpoint::new(Some(Method::GET), "/users/{id}"),
    ]);
    let mut observer = tracing.observer();
    observer.bind(&routes)?;
    let routes = Arc::new(routes);
    let attach = move |ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request, next: Next| {
        let matched = request.extensions().get::<MatchedPath>();
        let at = matched.and_then(|path| routes.iter().find(|endpoint| endpoint.template() == path.as_str()));
        let index = at.map_or(routes.unmatched().index(), Endpoint::index);
        let scope = Arc::new(Scope::new(Arc::clone(&routes), Peer::from(address)));
        RequestContext::attach(request.extensions_mut(), &scope, index, Params::default());
        async move { Ok::<Response, StatusCode>(next.run(request).await) }
    };
    let app = Router::new()
        .route("/", get(|| async { "axum, traced\n" }))
        .route("/users/{id}", get(user))
        .layer(ObserveLayer::new(Arc::new(observer)))
        .layer(from_fn(attach));

    let listener =
        tokio::net::TcpListener::bind(env::args().nth(1).as_deref().unwrap_or("127.0.0.1:8080")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, service).with_graceful_shutdown(stop).await?;
    tracing.flush().await;
    for insight in tracing.insights() {
        println!("{}: {}", insight.name(), insight.snapshot());
    }
    Ok(())
}
