//! A shelf of books, by GraphQL: `cargo run -p tsk-cli --example books web start`, then `curl localhost:8080/graphql
//! -H 'content-type: application/json' -d '{"query":"{ books(first: 2) { title kind } }"}'`. With `TSK_GRAPHQL__INTROSPECTION=true`
//! there is a page for developers at `/graphql/explorer`.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use juniper::{
    EmptySubscription, GraphQLEnum, GraphQLInputObject, GraphQLObject, ID, RootNode, graphql_object,
};
use tsk::graphql::GraphQl;
use tsk::prelude::*;
use tsk_cli::Application;

/// What a book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
enum Kind {
    Novel,
    Essay,
    Poem,
}

/// A book on the shelf.
#[derive(Debug, Clone, GraphQLObject)]
#[graphql(context = Shelf)]
struct Book {
    id: ID,
    title: String,
    kind: Kind,
    /// In euros.
    price: Option<f64>,
    tags: Vec<String>,
}

/// A book that is to be put there.
#[derive(Debug, GraphQLInputObject)]
struct NewBook {
    title: String,
    kind: Kind,
    price: Option<f64>,
    #[graphql(default = Vec::new())]
    tags: Vec<String>,
}

/// What is asked for of many.
#[derive(Debug, GraphQLInputObject)]
struct Wanted {
    kind: Option<Kind>,
    tags: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default)]
struct Shelf(Arc<Mutex<Vec<Book>>>);

impl juniper::Context for Shelf {}

/// How many books there is room for; the oldest makes room for another.
const ROOM: usize = 100;

impl Shelf {
    fn with<T>(&self, change: impl FnOnce(&mut Vec<Book>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Query;

#[graphql_object]
#[graphql(context = Shelf)]
impl Query {
    fn book(context: &Shelf, id: ID) -> Option<Book> {
        context.with(|books| books.iter().find(|book| book.id == id).cloned())
    }

    fn books(context: &Shelf, #[graphql(default = 10)] first: i32, wanted: Option<Wanted>) -> Vec<Book> {
        let count = usize::try_from(first).unwrap_or_default();
        let is_wanted = |book: &&Book| {
            let Some(Wanted { kind, tags }) = &wanted else { return true };
            kind.is_none_or(|kind| kind == book.kind)
                && tags.iter().flatten().all(|tag| book.tags.contains(tag))
        };
        context.with(|books| books.iter().filter(is_wanted).take(count).cloned().collect())
    }
}

struct Mutation;

#[graphql_object]
#[graphql(context = Shelf)]
impl Mutation {
    fn add(context: &Shelf, book: NewBook) -> Book {
        let NewBook { title, kind, price, tags } = book;
        context.with(|books| {
            if books.len() >= ROOM {
                books.remove(0);
            }
            let next = books.last().and_then(|book| book.id.parse::<u32>().ok()).unwrap_or_default() + 1;
            let book = Book { id: ID::new(next.to_string()), title, kind, price, tags };
            books.push(book.clone());
            book
        })
    }

    fn remove(context: &Shelf, id: ID) -> bool {
        context.with(|books| {
            let before = books.len();
            books.retain(|book| book.id != id);
            books.len() < before
        })
    }
}

fn graphql() -> GraphQl {
    let shelf = Shelf::default();
    shelf.with(|books| {
        for (id, (title, kind)) in
            [("Middlemarch", Kind::Novel), ("Self-Reliance", Kind::Essay)].into_iter().enumerate()
        {
            let id = ID::new((id + 1).to_string());
            books.push(Book { id, title: title.into(), kind, price: None, tags: Vec::new() });
        }
    });
    let schema = RootNode::new(Query, Mutation, EmptySubscription::new());
    GraphQl::with_context(schema, move |_| shelf.clone())
}

async fn app(config: Config) -> Result<App, tsk::Error> {
    Ok(App::new(config).graphql("/graphql", graphql()))
}

fn main() -> ExitCode {
    tsk_cli::run(Application::new("books", env!("CARGO_PKG_VERSION"), app).graphql(graphql))
}
