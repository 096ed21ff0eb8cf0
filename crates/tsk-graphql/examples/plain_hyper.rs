//! GraphQL on hyper alone, with subscriptions: `cargo run -p tsk-graphql --example plain_hyper`, then
//! `curl -N localhost:8080 -H 'content-type: application/json' -H 'accept: text/event-stream' -d '{"query":"subscription { count(to: 3) }"}'`.

use std::pin::Pin;

use http::request::Parts;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use juniper::{
    EmptyMutation, FieldError, RootNode,
    futures::{Stream, stream},
    graphql_object, graphql_subscription,
};
use tokio::net::TcpListener;
use tsk_graphql::GraphQl;

/// What resolvers know of the request.
struct Asked {
    language: String,
}

impl juniper::Context for Asked {}

struct Query;

#[graphql_object]
#[graphql(context = Asked)]
impl Query {
    fn greet(context: &Asked) -> &'static str {
        if context.language.starts_with("de") { "hallo" } else { "hello" }
    }
}

struct Subscription;

#[graphql_subscription]
#[graphql(context = Asked)]
impl Subscription {
    async fn count(to: i32) -> Pin<Box<dyn Stream<Item = Result<i32, FieldError>> + Send>> {
        Box::pin(stream::iter((1..=to).map(Ok)))
    }
}

fn asked(request: &Parts) -> Asked {
    let language = request.headers.get("accept-language").and_then(|value| value.to_str().ok());
    Asked { language: language.unwrap_or_default().to_owned() }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = RootNode::new(Query, EmptyMutation::new(), Subscription);
    let graphql = GraphQl::with_context(schema, asked);

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(graphql.clone());
        // How one client ends its connection is no concern of the others.
        tokio::spawn(async move {
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
        });
    }
}
