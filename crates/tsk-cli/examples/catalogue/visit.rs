//! What depends on who looks: headers, cookies, queries, plain text.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tsk::http::Cookies;
use tsk::prelude::*;

use crate::describe::Describe;
use crate::model::{Book, Genre};
use crate::store::Store;

pub(crate) fn routes() -> Router {
    let theme = json!({ "type": "string", "enum": ["light", "dark"], "description": "How pages look." });
    let seat = json!({
        "type": "string", "pattern": "^[A-F][0-9]{2}$", "description": "Where the reader sits.",
        "examples": ["A01"],
    });
    Router::new()
        .tag("visit")
        .api(
            get("/search", search)
                .summary("Search for a title")
                .description("One book, if there is one alone; else titles and genres."),
        )
        .api(
            get("/theme", show_theme)
                .summary("See how pages look")
                .description("As the cookie says; light without one.")
                .takes_cookie("theme", theme),
        )
        .api(
            get("/seat", sit)
                .summary("Take a seat")
                .description("A letter, and two digits.")
                .takes_header("x-seat", true, seat)
                .problem(400, "There is no such seat."),
        )
        .api(
            post("/questions", ask)
                .summary("Ask something")
                .description("In plain text; the answer says what was understood.")
                .answer(202, "Somebody will think of it."),
        )
        .api(
            get("/health", health)
                .summary("See whether it is open")
                .description("For whoever watches the service.")
                .operation_id("health"),
        )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Search {
    /// A part of the title.
    #[schemars(length(min = 1, max = 50))]
    q: String,
    /// From this year on.
    #[schemars(range(min = 1000, max = 2100))]
    since: Option<u16>,
}

impl Validate for Search {
    fn validate(&self, faults: &mut Faults) {
        faults.at("q").length(&self.q, 1..=50);
        if let Some(since) = self.since {
            faults.at("since").range(since, 1000..=2100);
        }
    }
}

/// What was found: one book, or what there is of each genre.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Found {
    One(Box<Book>),
    Many { titles: Vec<String>, genres: Vec<Genre> },
}

async fn search(State(store): State<Store>, Valid(Query(search)): Valid<Query<Search>>) -> Json<Found> {
    let fits =
        |book: &&Book| book.title.contains(&search.q) && search.since.is_none_or(|since| book.year >= since);
    let mut books: Vec<Book> =
        store.with(|things| things.books.all().filter(fits).take(50).cloned().collect());
    Json(match books.len() {
        1 => Found::One(Box::new(books.remove(0))),
        _ => Found::Many {
            genres: books.iter().filter_map(|book| book.genre).collect(),
            titles: books.into_iter().map(|book| book.title).collect(),
        },
    })
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Theme {
    Light,
    Dark,
}

async fn show_theme(cookies: Cookies) -> Result<Json<Theme>, Problem> {
    match cookies.get("theme").as_deref() {
        Some("dark") => Ok(Json(Theme::Dark)),
        Some("light") | None => Ok(Json(Theme::Light)),
        Some(_) => Err(Problem::new(StatusCode::BAD_REQUEST).detail("A theme is light or dark.")),
    }
}

async fn sit(headers: http::HeaderMap) -> Result<String, Problem> {
    let seat = headers.get("x-seat").and_then(|seat| seat.to_str().ok());
    match seat.map(str::as_bytes) {
        Some([b'A'..=b'F', b'0'..=b'9', b'0'..=b'9']) => Ok("It is yours.".into()),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST).detail("A seat is a letter to F and two digits.")),
    }
}

async fn ask(question: String) -> Status<202, String> {
    Status(format!("You asked: {question}"))
}

async fn health() -> &'static str {
    "open"
}
