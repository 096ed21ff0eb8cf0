//! GraphQL in an axum service: `cargo run -p tsk-graphql --example in_axum`, then
//! `curl localhost:8080/graphql -H 'content-type: application/json' -d '{"query":"{ greet(name: \"Ada\") }"}'`.

use axum::Router;
use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
use tsk_graphql::GraphQl;

struct Query;

#[graphql_object]
impl Query {
    fn greet(name: String) -> String {
        format!("hello, {name}")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new());
    let app = Router::new().route_service("/graphql", GraphQl::new(schema));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
