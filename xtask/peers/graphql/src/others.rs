//! The schema, with async-graphql, and with juniper_hyper.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema};
use bytes::Bytes;

use crate::tsk::{self, Context};

pub(crate) struct User {
    id: i32,
}

#[Object]
impl User {
    async fn id(&self) -> i32 {
        self.id
    }

    async fn name(&self) -> String {
        format!("user {}", self.id)
    }

    async fn email(&self) -> String {
        format!("user{}@example.com", self.id)
    }

    async fn age(&self) -> i32 {
        self.id % 90
    }

    async fn active(&self) -> bool {
        self.id % 2 == 0
    }

    async fn friend(&self) -> User {
        User { id: self.id + 1 }
    }
}

pub(crate) struct Query;

#[Object]
impl Query {
    async fn user(&self, id: i32) -> User {
        User { id }
    }

    async fn users(&self, first: i32) -> Vec<User> {
        (0..first).map(|id| User { id }).collect()
    }
}

type Asynchronous = Schema<Query, EmptyMutation, EmptySubscription>;

/// With limits, as ours has them.
pub(crate) fn async_graphql() -> Asynchronous {
    Schema::build(Query, EmptyMutation, EmptySubscription).limit_depth(16).limit_complexity(5_000).finish()
}

/// Its engine alone: the body is read and the answer is written, and nothing of HTTP is looked at.
pub(crate) async fn answer(schema: &Asynchronous, body: &[u8]) -> Vec<u8> {
    let request: Request = serde_json::from_slice(body).expect("a request");
    let response = schema.execute(request).await;
    serde_json::to_vec(&response).expect("it is JSON")
}

pub(crate) fn juniper() -> Arc<tsk::Schema> {
    Arc::new(tsk::schema())
}

pub(crate) async fn answer_hyper(schema: &Arc<tsk::Schema>, body: Bytes) -> Vec<u8> {
    let context = Arc::new(Context::default());
    juniper_hyper::graphql(Arc::clone(schema), context, tsk::request(body)).await.into_body().into_bytes()
}
