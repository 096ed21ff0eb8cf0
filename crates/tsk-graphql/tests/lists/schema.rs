//! People, each with lists of others, once as a `List` and once as a `Vec`: `listed` and `vector`, which are as long as each other.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use juniper::{
    EmptyMutation, EmptySubscription, Executor, GraphQLUnion, RootNode, ScalarValue, graphql_interface,
    graphql_object,
};
use tokio::sync::Barrier;
use tsk_graphql::{Batch, Fault, List, Loader};

use crate::hollow::Hollow;

/// What a request has.
pub(crate) struct World {
    /// How often somebody was asked for an id.
    pub(crate) ids: AtomicUsize,
    /// The keys of each batch.
    pub(crate) batches: Arc<Mutex<Vec<usize>>>,
    loader: Loader<Doubles>,
    together: Barrier,
}

impl juniper::Context for World {}

impl World {
    /// One where so many have to meet.
    pub(crate) fn new(together: usize) -> Self {
        let batches = Arc::default();
        let loader = Loader::new(Doubles { batches: Arc::clone(&batches) });
        Self { ids: AtomicUsize::new(0), batches, loader, together: Barrier::new(together) }
    }
}

struct Doubles {
    batches: Arc<Mutex<Vec<usize>>>,
}

impl Batch for Doubles {
    type Key = i32;
    type Value = i32;

    fn name(&self) -> &'static str {
        "doubles"
    }

    async fn load(&self, keys: Vec<i32>) -> Result<HashMap<i32, i32>, Fault> {
        self.batches.lock().unwrap().push(keys.len());
        tokio::task::yield_now().await;
        Ok(keys.into_iter().map(|key| (key, key * 2)).collect())
    }
}

#[graphql_interface(for = [Person, Dog], context = World)]
#[expect(dead_code, reason = "juniper makes an enum of it")]
trait Being {
    fn id(&self) -> i32;
    fn nick(&self) -> Option<String>;
}

#[derive(GraphQLUnion)]
#[graphql(context = World)]
pub(crate) enum Thing {
    Person(Person),
    Dog(Dog),
}

pub(crate) struct Dog {
    id: i32,
}

#[graphql_object(impl = BeingValue, context = World)]
impl Dog {
    fn id(&self) -> i32 {
        self.id
    }

    /// Dogs have one.
    fn nick(&self) -> Option<String> {
        Some(format!("dog {}", self.id))
    }

    fn barks(&self) -> Result<String, Fault> {
        unless(self.id % 5 == 4, "SILENT", || "bark".to_owned())
    }
}

fn unless<T>(is_wrong: bool, code: &'static str, value: impl FnOnce() -> T) -> Result<T, Fault> {
    if is_wrong { Err(Fault::new(code, "It cannot be said.")) } else { Ok(value()) }
}

pub(crate) struct Person {
    pub(crate) id: i32,
}

impl Person {
    fn others(&self, first: i32) -> impl Iterator<Item = Self> {
        (1..=first).map(move |at| Self { id: self.id * 3 % 17 + at })
    }
}

#[graphql_object(impl = BeingValue, context = World)]
impl Person {
    fn id(&self, context: &World) -> i32 {
        context.ids.fetch_add(1, Relaxed);
        self.id
    }

    fn name(&self, #[graphql(default = 1)] times: i32) -> String {
        "\"ab\"".repeat(usize::try_from(times).unwrap_or(0))
    }

    fn nick(&self) -> Option<String> {
        (self.id % 2 == 0).then(|| format!("nick {}", self.id))
    }

    /// Is there after a while, for some sooner than for others.
    async fn slow(&self) -> i32 {
        for _ in 0..self.id % 3 {
            tokio::task::yield_now().await;
        }
        self.id
    }

    fn fails(&self) -> Result<String, Fault> {
        unless(self.id % 7 == 3, "FAILS", || "well".to_owned())
    }

    fn may_fail(&self) -> Result<Option<bool>, Fault> {
        unless(self.id % 3 == 1, "MAY_FAIL", || Some(true))
    }

    async fn fails_late(&self) -> Result<f64, Fault> {
        tokio::task::yield_now().await;
        unless(self.id % 11 == 2, "LATE", || f64::from(self.id) / 4.0)
    }

    fn friend(&self) -> Option<Self> {
        self.others(1).find(|other| other.id % 4 != 0)
    }

    async fn best(&self) -> Self {
        Self { id: self.id + 1 }
    }

    fn hollow(&self) -> Hollow {
        Hollow
    }

    /// What a resolver sees of what it is asked.
    fn seen<S: ScalarValue>(executor: &Executor<'_, '_, World, S>, times: Option<i32>) -> String {
        let (look, at) = (executor.look_ahead(), executor.location());
        let arguments: Vec<_> = look.arguments().map(|argument| argument.name()).collect();
        format!("{times:?} {} {:?} {arguments:?} {at:?}", look.field_original_name(), look.field_alias())
    }

    async fn watched<S: ScalarValue>(executor: &Executor<'_, '_, World, S>) -> Self {
        Self { id: i32::try_from(executor.look_ahead().children().iter().count()).unwrap_or(0) }
    }

    fn being(&self) -> BeingValue {
        match self.id % 2 {
            0 => Self { id: self.id + 2 }.into(),
            _ => Dog { id: self.id }.into(),
        }
    }

    async fn thing(&self) -> Option<Thing> {
        match self.id % 3 {
            0 => Some(Thing::Person(Self { id: self.id + 3 })),
            1 => Some(Thing::Dog(Dog { id: self.id })),
            _ => None,
        }
    }

    fn listed(&self, first: i32) -> List<Self> {
        self.others(first).collect()
    }

    fn vector(&self, first: i32) -> Vec<Self> {
        self.others(first).collect()
    }

    /// Stops a null on its way up.
    async fn listed_maybe(&self, first: i32) -> Result<Option<List<Self>>, Fault> {
        unless(self.id % 13 == 5, "NONE", || Some(self.others(first).collect()))
    }

    async fn vector_maybe(&self, first: i32) -> Result<Option<Vec<Self>>, Fault> {
        unless(self.id % 13 == 5, "NONE", || Some(self.others(first).collect()))
    }

    async fn loaded(&self, context: &World) -> Result<Option<Self>, Fault> {
        Ok(context.loader.load(self.id).await?.map(|id| Self { id }))
    }

    /// Is there once all have asked for it.
    async fn together(&self, context: &World) -> bool {
        context.together.wait().await;
        true
    }
}

pub(crate) struct Query;

#[graphql_object(context = World)]
impl Query {
    fn listed(first: i32) -> List<Person> {
        (0..first).map(|id| Person { id }).collect()
    }

    fn vector(first: i32) -> Vec<Person> {
        (0..first).map(|id| Person { id }).collect()
    }

    async fn listed_maybe(first: i32) -> Option<List<Person>> {
        Some((0..first).map(|id| Person { id }).collect())
    }

    async fn vector_maybe(first: i32) -> Option<Vec<Person>> {
        Some((0..first).map(|id| Person { id }).collect())
    }
}

pub(crate) type Schema = RootNode<Query, EmptyMutation<World>, EmptySubscription<World>>;

pub(crate) fn schema() -> Schema {
    Schema::new(Query, EmptyMutation::new(), EmptySubscription::new())
}
