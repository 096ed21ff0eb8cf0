//! A program that serves GraphQL, with the commands about its schema: `cargo run -p tsk-cli --example library graphql schema`.

use std::process::ExitCode;

use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
use tsk::graphql::GraphQl;
use tsk::prelude::*;
use tsk_cli::Application;

struct Query;

#[graphql_object]
impl Query {
    fn title(id: i32) -> String {
        format!("Book {id}")
    }
}

fn graphql() -> GraphQl {
    GraphQl::new(RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new()))
}

async fn app(config: Config) -> Result<App, tsk::Error> {
    Ok(App::new(config).graphql("/graphql", graphql()))
}

fn main() -> ExitCode {
    tsk_cli::run(Application::new("library", env!("CARGO_PKG_VERSION"), app).graphql(graphql))
}
