//! Routes that are documented by their handlers and by the layers around them, with no dependency but the facade.

#![allow(clippy::unwrap_used)]

use tsk::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
struct User {
    id: u64,
    name: String,
}

async fn create(Json(user): Json<User>) -> Result<Status<201, Json<User>>, Problem> {
    Ok(Status(Json(user)))
}

#[test]
fn what_the_layers_answer_is_documented_too() {
    let routes = Router::new().api(post("/users", create)).route(get("/ping", || async { "pong" }));
    let table = App::new(Config::default()).routes(routes).check().unwrap();
    let operation = table.get(0).operation();
    let statuses: Vec<_> = operation.responses.keys().copied().collect();
    assert_eq!(statuses, [201, 400, 408, 413, 415, 422, 503]);
    assert!(operation.fallback.is_some());
    assert_eq!(
        operation.responses[&201].content.media["application/json"]["required"],
        serde_json::json!(["id", "name"])
    );
    // A route that is not documented by its handler has what the layers say.
    assert_eq!(table.get(1).operation().responses.keys().copied().collect::<Vec<_>>(), [503]);
}

#[test]
fn without_a_deadline_there_is_no_503() {
    let mut config = Config::default();
    config.http.handler_timeout = std::time::Duration::ZERO;
    let table = App::new(config).routes(Router::new().api(get("/", || async { "hello" }))).check().unwrap();
    assert_eq!(table.get(0).operation().responses.keys().copied().collect::<Vec<_>>(), [200]);
}
