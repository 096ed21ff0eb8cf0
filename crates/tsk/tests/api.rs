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
    let table = App::new(Config::default()).routes(routes).validate().unwrap();
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
    let table =
        App::new(config).routes(Router::new().api(get("/", || async { "hello" }))).validate().unwrap();
    assert_eq!(table.get(0).operation().responses.keys().copied().collect::<Vec<_>>(), [200]);
}

#[cfg(feature = "docs")]
#[tokio::test]
async fn the_documents_are_served_with_what_layers_answer_and_without_themselves() {
    use tsk::docs::{Docs, Info};

    let routes = Router::new().api(post("/users", create).summary("Add a user"));
    let app = App::new(Config::default()).routes(routes).docs(Docs::new(Info::new("Users", "1.0.0")));
    let client = app.client().unwrap();

    let response = client.get("/openapi.json").await;
    let tag = response.header("etag").unwrap().to_owned();
    let document: serde_json::Value = serde_json::from_str(&response.text().await).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/users"]);
    let responses = document["paths"]["/users"]["post"]["responses"].as_object().unwrap();
    let statuses: Vec<_> = responses.keys().map(String::as_str).collect();
    assert_eq!(statuses, ["201", "400", "408", "413", "415", "422", "503", "default"]);
    assert_eq!(client.get("/openapi.json").header("if-none-match", &tag).await.status(), 304);

    let page = client.get("/docs").await;
    assert_eq!(
        (page.status().as_u16(), page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(client.get("/openapi-3.0.json").await.text().await.starts_with(r#"{"openapi":"3.0"#));
}
