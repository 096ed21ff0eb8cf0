//! Books: lists, single ones, changes.

use serde::{Deserialize, Serialize};
use tsk::prelude::*;

use crate::access::demanded;
use crate::describe::Made;
use crate::model::{Book, Change, Genre, Isbn};
use crate::store::Store;

const NONE: &str = "There is no such book.";

pub(crate) fn routes() -> Router {
    let open = Router::new()
        .tag("books")
        .api(get("/books", list).summary("List books").description("By their numbers, or as `sort` says."))
        .api(
            get("/books/{isbn}", fetch)
                .summary("Fetch a book")
                .description("With all that is known of it.")
                .problem(404, NONE),
        )
        .api(
            get("/isbn/{isbn}", elsewhere)
                .summary("Be led to a book")
                .description("From where books were before.")
                .deprecated(),
        );
    let closed = Router::new()
        .tag("books")
        .api(
            post("/books", add)
                .summary("Add a book")
                .description("Its number must be a new one.")
                .problem(409, "There is one of this number."),
        )
        .api(
            put("/books/{isbn}", replace)
                .summary("Add or replace a book")
                .description("The number of the path is that of the book.")
                .answer(200, "It was replaced.")
                .answer(201, "It was added."),
        )
        .api(
            patch("/books/{isbn}", change)
                .summary("Change a book in parts")
                .description("What is left out, or null, stays as it is.")
                .problem(404, NONE),
        )
        .api(
            delete("/books/{isbn}", remove)
                .summary("Remove a book")
                .description("With its cover and its summary.")
                .problem(404, NONE),
        );
    open.merge(demanded(closed))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Isbn,
    Title,
    Year,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Page {
    /// How many to skip.
    #[serde(default)]
    #[schemars(range(max = 10_000))]
    offset: u16,
    /// How many to give.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 100))]
    limit: u8,
    /// Only those of this genre.
    genre: Option<Genre>,
    /// Only those with all of these labels.
    #[serde(default)]
    #[schemars(length(max = 10))]
    label: Vec<String>,
    /// In this order.
    #[serde(default = "by_isbn")]
    sort: Sort,
}

fn some() -> u8 {
    20
}

fn by_isbn() -> Sort {
    Sort::Isbn
}

impl Validate for Page {
    fn validate(&self, faults: &mut Faults) {
        faults.at("offset").range(self.offset, 0..=10_000);
        faults.at("limit").range(self.limit, 1..=100);
        faults.at("label").items(self.label.len(), 0..=10);
    }
}

/// Some books.
#[derive(Debug, Serialize, JsonSchema)]
struct Books {
    /// How many there are in all.
    total: usize,
    books: Vec<Book>,
}

async fn list(State(store): State<Store>, Valid(Query(page)): Valid<Query<Page>>) -> Json<Books> {
    let fits = |book: &&Book| {
        page.genre.is_none_or(|genre| book.genre == Some(genre))
            && page.label.iter().all(|label| book.labels.contains(label))
    };
    let mut books: Vec<Book> = store.with(|things| things.books.all().filter(fits).cloned().collect());
    match page.sort {
        Sort::Isbn => {}
        Sort::Title => books.sort_by(|a, b| a.title.cmp(&b.title)),
        Sort::Year => books.sort_by_key(|book| book.year),
    }
    let total = books.len();
    let some = books.into_iter().skip(page.offset.into()).take(page.limit.into());
    Json(Books { total, books: some.collect() })
}

async fn fetch(State(store): State<Store>, Path(isbn): Path<Isbn>) -> Result<Json<Book>, Problem> {
    store.with(|things| things.books.get(&isbn).cloned()).map(Json)
}

async fn elsewhere(Path(isbn): Path<Isbn>) -> Redirect {
    Redirect::permanent(format!("/books/{}", isbn.0))
}

async fn add(
    State(store): State<Store>,
    Valid(Json(book)): Valid<Json<Book>>,
) -> Result<Made<Book>, Problem> {
    store.with(|things| {
        if things.books.has(&book.isbn) {
            return Err(Problem::new(http::StatusCode::CONFLICT).detail("There is one of this number."));
        }
        things.books.put(book.isbn.clone(), book.clone());
        Ok(Made { at: format!("/books/{}", book.isbn.0), what: book })
    })
}

/// It was added, or one was replaced.
enum Put {
    Added(Book),
    Replaced(Book),
}

impl IntoResponse for Put {
    fn into_response(self) -> http::Response<Body> {
        match self {
            Put::Added(book) => Status::<201, _>(Json(book)).into_response(),
            Put::Replaced(book) => Json(book).into_response(),
        }
    }
}

impl tsk::core::DescribeOutput for Put {
    fn describe_output(operation: &mut tsk::core::Operation) {
        Status::<201, Json<Book>>::describe_output(operation);
        Json::<Book>::describe_output(operation);
    }
}

async fn replace(
    State(store): State<Store>,
    Path(isbn): Path<Isbn>,
    Valid(Json(book)): Valid<Json<Book>>,
) -> Put {
    let book = Book { isbn: isbn.clone(), ..book };
    store.with(|things| {
        let is_there = things.books.has(&isbn);
        things.books.put(isbn, book.clone());
        if is_there { Put::Replaced(book) } else { Put::Added(book) }
    })
}

async fn change(
    State(store): State<Store>,
    Path(isbn): Path<Isbn>,
    Valid(Json(change)): Valid<Json<Change>>,
) -> Result<Json<Book>, Problem> {
    store.with(|things| {
        let book = things.books.get(&isbn)?;
        if let Some(title) = change.title {
            book.title = title;
        }
        book.copies = change.copies.unwrap_or(book.copies);
        if let Some(labels) = change.labels {
            book.labels = labels;
        }
        Ok(Json(book.clone()))
    })
}

async fn remove(State(store): State<Store>, Path(isbn): Path<Isbn>) -> Result<Status<204>, Problem> {
    store.with(|things| {
        things.books.remove(&isbn)?;
        // What belongs to it goes with it, if there is any.
        let _ = (things.covers.remove(&isbn), things.summaries.remove(&isbn));
        Ok(Status(()))
    })
}
