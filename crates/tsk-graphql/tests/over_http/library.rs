//! A schema to ask.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use juniper::{
    FieldError, RootNode, futures::Stream, futures::stream, graphql_object, graphql_subscription,
    graphql_value,
};
use tsk_graphql::{Fault, GraphQl};

/// Counts what is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Library {
    pub(crate) written: Arc<AtomicUsize>,
}

impl juniper::Context for Library {}

pub(crate) struct Author {
    id: i32,
}

#[graphql_object]
#[graphql(context = Library)]
impl Author {
    fn id(&self) -> i32 {
        self.id
    }

    fn name(&self) -> String {
        format!("Author \"{}\"", self.id)
    }

    fn rating(&self) -> f64 {
        f64::from(self.id) / 4.0
    }

    fn friends(&self, first: Option<i32>) -> Vec<Author> {
        authors(first)
    }

    fn books(&self, first: Option<i32>) -> Books {
        Books { count: first.unwrap_or(3) }
    }

    fn email(&self) -> Result<String, Fault> {
        Err(Fault::new("FORBIDDEN", "Emails are for librarians."))
    }
}

pub(crate) struct Books {
    count: i32,
}

#[graphql_object]
#[graphql(context = Library)]
impl Books {
    fn items(&self) -> Vec<Book> {
        (0..self.count).map(|id| Book { id }).collect()
    }
}

pub(crate) struct Book {
    id: i32,
}

#[graphql_object]
#[graphql(context = Library)]
impl Book {
    fn title(&self) -> String {
        format!("Book {}", self.id)
    }

    fn author(&self) -> Author {
        Author { id: self.id }
    }
}

fn authors(first: Option<i32>) -> Vec<Author> {
    (0..first.unwrap_or(3)).map(|id| Author { id }).collect()
}

pub(crate) struct Query;

#[graphql_object]
#[graphql(context = Library)]
impl Query {
    fn hello(name: Option<String>) -> String {
        format!("hello {}", name.unwrap_or_else(|| "you".into()))
    }

    async fn author(id: i32) -> Result<Author, Fault> {
        match id {
            0..10 => Ok(Author { id }),
            _ => Err(Fault::new("NOT_FOUND", "There is no such author.")),
        }
    }

    fn authors(first: Option<i32>) -> Vec<Author> {
        authors(first)
    }

    fn broken() -> Result<Option<String>, Fault> {
        Err(std::io::Error::other("password=hunter2"))?
    }

    /// As juniper itself has errors: any text.
    fn careless() -> Result<Option<String>, FieldError> {
        Err("password=hunter2".into())
    }

    /// The same, with something beside it that is no code.
    fn verbose() -> Result<Option<String>, FieldError> {
        Err(FieldError::new("a query failed", graphql_value!({ "detail": "password=hunter2", "code": 7 })))
    }
}

pub(crate) struct Mutation;

#[graphql_object]
#[graphql(context = Library)]
impl Mutation {
    fn write(context: &Library, title: String) -> String {
        context.written.fetch_add(1, Ordering::Relaxed);
        title
    }
}

pub(crate) struct Subscription;

type Numbers = Pin<Box<dyn Stream<Item = Result<i32, FieldError>> + Send>>;

#[graphql_subscription]
#[graphql(context = Library)]
impl Subscription {
    async fn count(to: i32) -> Numbers {
        Box::pin(stream::iter((1..=to).map(Ok)))
    }

    async fn forever() -> Numbers {
        Box::pin(stream::pending())
    }
}

pub(crate) type Schema = RootNode<Query, Mutation, Subscription>;

pub(crate) fn schema() -> Schema {
    RootNode::new(Query, Mutation, Subscription)
}

/// The schema as it is served, and what it was asked to do.
pub(crate) fn library() -> (GraphQl, Library) {
    let library = Library::default();
    let shared = library.clone();
    (GraphQl::with_context(schema(), move |_| shared.clone()), library)
}

pub(crate) fn graphql() -> GraphQl {
    library().0
}
