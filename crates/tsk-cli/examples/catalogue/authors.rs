//! Authors: forms, and numbers.

use tsk::prelude::*;

use crate::access::demanded;
use crate::describe::Made;
use crate::model::{Author, AuthorEntry};
use crate::store::Store;

const NONE: &str = "There is nobody of this number.";

pub(crate) fn routes() -> Router {
    let open = Router::new()
        .tag("authors")
        .api(
            get("/authors", list)
                .summary("List authors")
                .description("The first hundred, in the order in which they were added."),
        )
        .api(
            get("/authors/{id}", fetch)
                .summary("Fetch an author")
                .description("By the number that the service gave.")
                .problem(404, NONE),
        );
    let closed = Router::new()
        .tag("authors")
        .api(
            post("/authors", add)
                .summary("Add an author, by a form")
                .description("As a page in a browser sends it."),
        )
        .api(
            delete("/authors/{id}", remove)
                .summary("Remove an author")
                .description("What they wrote stays.")
                .problem(404, NONE),
        );
    open.merge(demanded(closed))
}

async fn list(State(store): State<Store>) -> Json<Vec<Author>> {
    Json(store.with(|things| things.authors.all().take(100).cloned().collect()))
}

async fn fetch(State(store): State<Store>, Path(id): Path<u32>) -> Result<Json<Author>, Problem> {
    store.with(|things| things.authors.get(&id).cloned()).map(Json)
}

async fn add(State(store): State<Store>, Valid(Form(entry)): Valid<Form<AuthorEntry>>) -> Made<Author> {
    store.with(|things| {
        let author = Author { id: things.authors.next(), entry };
        things.authors.put(author.id, author.clone());
        Made { at: format!("/authors/{}", author.id), what: author }
    })
}

async fn remove(State(store): State<Store>, Path(id): Path<u32>) -> Result<Status<204>, Problem> {
    store.with(|things| things.authors.remove(&id)).map(|_| Status(()))
}
