//! The service of the README: `cargo run --example hello`, then `curl localhost:8080/users/42`.

use serde::Serialize;
use tsk::prelude::*;

#[derive(Serialize)]
struct User {
    id: u64,
    name: String,
}

async fn get_user(Path(id): Path<u64>) -> Result<Json<User>, Problem> {
    Ok(Json(User { id, name: "Ada".into() }))
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .route(get("/", || async { "hello" }))
        .route(get("/users/{id}", get_user).summary("Fetch one user"));
    App::new(Config::load()?).routes(routes).serve().await
}
