//! Shelves within shelves: a schema that refers to itself.

use tsk::prelude::*;

use crate::access::demanded;
use crate::model::Shelf;
use crate::store::Store;

pub(crate) fn routes() -> Router {
    let open = Router::new().tag("shelves").api(
        get("/shelves", show).summary("See how the shelves stand").description("Shelves within shelves."),
    );
    let closed = Router::new()
        .tag("shelves")
        .api(put("/shelves", set).summary("Set the shelves up").description("All of them at once."));
    open.merge(demanded(closed))
}

async fn show(State(store): State<Store>) -> Json<Shelf> {
    let shelf = store.with(|things| things.shelf.clone());
    // Before anybody has set them up.
    Json(if shelf.name.is_empty() { Shelf { name: "hall".into(), ..shelf } } else { shelf })
}

async fn set(State(store): State<Store>, Valid(Json(shelf)): Valid<Json<Shelf>>) -> Json<Shelf> {
    store.with(|things| things.shelf.clone_from(&shelf));
    Json(shelf)
}
