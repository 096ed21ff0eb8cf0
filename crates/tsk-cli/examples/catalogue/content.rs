//! What is no JSON: bytes, text, files, forms with files.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use tsk::core::{DescribeOutput, Operation};
use tsk::http::answer::Attachment;
use tsk::prelude::*;

use crate::access::demanded;
use crate::describe::Describe;
use crate::model::{Book, Isbn};
use crate::store::{Store, none};

const NO_BOOK: &str = "There is no such book.";
const BARE: &str = "The book has none.";

pub(crate) fn routes() -> Router {
    let part = json!({
        "type": "object",
        "properties": {
            "of": { "type": "string", "enum": ["cover", "page"], "description": "What it is of." },
            "file": { "type": "string", "format": "binary", "description": "The scan." },
        },
        "required": ["of", "file"],
        "additionalProperties": false,
    });
    let open = Router::new()
        .tag("content")
        .api(
            get("/books/{isbn}/cover", cover)
                .summary("See a cover")
                .description("As it was sent.")
                .answer(204, BARE)
                .problem(404, NO_BOOK),
        )
        .api(
            get("/books/{isbn}/summary", summary)
                .summary("Read a summary")
                .description("In plain text.")
                .answer(204, BARE)
                .problem(404, NO_BOOK),
        )
        .api(
            get("/export.csv", export)
                .summary("Save all numbers and titles")
                .description("As a table, a line for each book.")
                .gives(200, "A file.", "text/csv", json!({ "type": "string" })),
        )
        .api(
            get("/pages/{*path}", page)
                .summary("Read a page about the library")
                .description("By its path: `hours`, `rules/quiet`.")
                .gives(200, "A page.", "text/plain", json!({ "type": "string" }))
                .problem(404, "There is no such page."),
        );
    let closed = Router::new()
        .tag("content")
        .api(
            put("/books/{isbn}/cover", set_cover)
                .summary("Set a cover")
                .description("Any bytes: nobody looks whether they are a picture.")
                .problem(404, NO_BOOK),
        )
        .api(
            put("/books/{isbn}/summary", set_summary)
                .summary("Set a summary")
                .description("In plain text, in the place of the one before.")
                .problem(404, NO_BOOK),
        )
        .api(
            post("/scans", scan)
                .summary("Send a scan")
                .description("As a form with a file.")
                .takes("multipart/form-data", part),
        );
    open.merge(demanded(closed))
}

/// What a book may have, or 204.
struct Maybe<T>(Option<T>);

impl<T: IntoResponse> IntoResponse for Maybe<T> {
    fn into_response(self) -> http::Response<Body> {
        match self.0 {
            Some(content) => content.into_response(),
            None => Status::<204>(()).into_response(),
        }
    }
}

impl<T: DescribeOutput> DescribeOutput for Maybe<T> {
    fn describe_output(operation: &mut Operation) {
        T::describe_output(operation);
        Status::<204>::describe_output(operation);
    }
}

async fn cover(State(store): State<Store>, Path(isbn): Path<Isbn>) -> Result<Maybe<Bytes>, Problem> {
    store.with(|things| {
        things.books.get(&isbn)?;
        Ok(Maybe(things.covers.get(&isbn).ok().cloned()))
    })
}

async fn set_cover(
    State(store): State<Store>,
    Path(isbn): Path<Isbn>,
    cover: Bytes,
) -> Result<Status<204>, Problem> {
    store.with(|things| {
        things.books.get(&isbn)?;
        things.covers.put(isbn, cover);
        Ok(Status(()))
    })
}

async fn summary(State(store): State<Store>, Path(isbn): Path<Isbn>) -> Result<Maybe<String>, Problem> {
    store.with(|things| {
        things.books.get(&isbn)?;
        Ok(Maybe(things.summaries.get(&isbn).ok().cloned()))
    })
}

async fn set_summary(
    State(store): State<Store>,
    Path(isbn): Path<Isbn>,
    summary: String,
) -> Result<Status<204>, Problem> {
    store.with(|things| {
        things.books.get(&isbn)?;
        things.summaries.put(isbn, summary);
        Ok(Status(()))
    })
}

async fn export(State(store): State<Store>) -> Attachment<([(HeaderName, HeaderValue); 1], String)> {
    let line = |book: &Book| format!("{},\"{}\"\n", book.isbn.0, book.title.replace('"', "\"\""));
    let lines: String = store.with(|things| things.books.all().map(line).collect());
    Attachment::new("books.csv", ([(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"))], lines))
}

/// The path of a page, with slashes.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
struct Page(#[schemars(example = "rules/quiet")] String);

async fn page(Path(Page(path)): Path<Page>) -> Result<&'static str, Problem> {
    match path.as_str() {
        "hours" => Ok("From nine to five."),
        "rules/quiet" => Ok("Whoever reads aloud reads outside."),
        _ => Err(none()),
    }
}

/// What came.
#[derive(Debug, Serialize, JsonSchema)]
struct Scan {
    of: Of,
    /// How many bytes the file has.
    bytes: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Of {
    Cover,
    Page,
}

async fn scan(mut form: Multipart) -> Result<Status<201, Json<Scan>>, Problem> {
    let wrong = |detail: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(detail);
    let (mut of, mut bytes) = (None, None);
    while let Some(mut field) = form.next_field().await? {
        match field.name() {
            "of" => {
                of = Some(match field.text().await?.as_str() {
                    "cover" => Of::Cover,
                    "page" => Of::Page,
                    other => return Err(wrong(format!("A scan is of a cover or a page, not of {other:?}."))),
                });
            }
            "file" => {
                let mut size = 0;
                while let Some(piece) = field.chunk().await? {
                    size += piece.len();
                }
                bytes = Some(size);
            }
            other => return Err(wrong(format!("The form has no part {other:?}."))),
        }
    }
    match (of, bytes) {
        (Some(of), Some(bytes)) => Ok(Status(Json(Scan { of, bytes }))),
        _ => Err(wrong("The form has to have `of` and `file`.".into())),
    }
}
