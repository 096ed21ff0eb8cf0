//! The schema, with juniper.

use std::collections::HashMap;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
use tower::Service as _;
use tsk_graphql::{Batch, Fault, GraphQl, List, Loader};

pub(crate) struct User {
    pub(crate) id: i32,
}

/// What a request has.
pub(crate) struct Context {
    friends: Loader<Friends>,
}

impl juniper::Context for Context {}

impl Default for Context {
    fn default() -> Self {
        Self { friends: Loader::new(Friends) }
    }
}

struct Friends;

impl Batch for Friends {
    type Key = i32;
    type Value = i32;

    fn name(&self) -> &'static str {
        "friends"
    }

    async fn load(&self, keys: Vec<i32>) -> Result<HashMap<i32, i32>, Fault> {
        Ok(keys.into_iter().map(|key| (key, key + 1)).collect())
    }
}

#[graphql_object]
#[graphql(context = Context)]
impl User {
    fn id(&self) -> i32 {
        self.id
    }

    fn name(&self) -> String {
        format!("user {}", self.id)
    }

    fn email(&self) -> String {
        format!("user{}@example.com", self.id)
    }

    fn age(&self) -> i32 {
        self.id % 90
    }

    fn active(&self) -> bool {
        self.id % 2 == 0
    }

    async fn friend(&self) -> User {
        User { id: self.id + 1 }
    }

    async fn loaded(&self, context: &Context) -> Result<Option<User>, Fault> {
        Ok(context.friends.load(self.id).await?.map(|id| User { id }))
    }
}

pub(crate) struct Query;

#[graphql_object]
#[graphql(context = Context)]
impl Query {
    async fn user(id: i32) -> User {
        User { id }
    }

    async fn users(first: i32) -> Vec<User> {
        (0..first).map(|id| User { id }).collect()
    }

    async fn listed(first: i32) -> List<User> {
        (0..first).map(|id| User { id }).collect()
    }
}

pub(crate) type Schema = RootNode<Query, EmptyMutation<Context>, EmptySubscription<Context>>;

pub(crate) fn schema() -> Schema {
    RootNode::new(Query, EmptyMutation::new(), EmptySubscription::new())
}

pub(crate) fn server() -> GraphQl {
    GraphQl::new(schema())
}

pub(crate) fn request(body: Bytes) -> http::Request<Full<Bytes>> {
    let request = http::Request::post("/graphql").header("content-type", "application/json");
    request.body(Full::new(body)).expect("a request")
}

/// The whole service: what it reads of the head of a request, and its headers, included.
pub(crate) async fn answer(graphql: &GraphQl, body: Bytes) -> Vec<u8> {
    let Ok(response) = graphql.clone().call(request(body)).await;
    response.into_body().collect().await.expect("it is in memory").to_bytes().into()
}
