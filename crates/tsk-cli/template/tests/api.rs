//! The service, asked in process: all of it, without a port.

use my_app::{Settings, app};

use serde_json::{Value, json};
use tsk::http::testing::Client;
use tsk::prelude::*;

async fn client() -> Client {
    configured(Config::default()).await
}

async fn configured(config: Config) -> Client {
    app(config, Settings::default())
        .await
        .expect("it can be made")
        .client()
        .expect("it can be asked")
}

#[tokio::test]
async fn a_task_is_added_changed_and_removed() {
    let client = client().await;
    let response = client
        .post("/tasks")
        .json(&json!({ "title": "Buy tea" }))
        .await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.header("location"), Some("/tasks/1"));
    let task: Value = client.get("/tasks/1").await.json().await;
    assert_eq!(task, json!({ "id": 1, "title": "Buy tea", "done": false }));

    let task: Value = client
        .patch("/tasks/1")
        .json(&json!({ "done": true }))
        .await
        .json()
        .await;
    assert_eq!(task["done"], true);
    let open: Value = client.get("/tasks?done=false").await.json().await;
    assert_eq!(open, json!([]));

    assert_eq!(client.delete("/tasks/1").await.status(), 204);
    assert_eq!(client.get("/tasks/1").await.status(), 404);
}

#[tokio::test]
async fn a_task_without_a_title_is_refused_with_the_reason() {
    let response = client()
        .await
        .post("/tasks")
        .json(&json!({ "title": "" }))
        .await;
    assert_eq!(response.status(), 422);
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
    let problem: Value = response.json().await;
    assert_eq!(problem["type"], "urn:tsk:problems/validation-failed");
    assert_eq!(problem["errors"][0]["pointer"], "/title");
}

#[tokio::test]
async fn there_is_an_end_to_how_many_tasks_there_are() {
    let settings = serde_json::from_value(json!({ "tasks": { "max": 1 } })).expect("settings");
    let client = app(Config::default(), settings)
        .await
        .expect("it can be made")
        .client()
        .expect("it can be asked");
    assert_eq!(
        client
            .post("/tasks")
            .json(&json!({ "title": "one" }))
            .await
            .status(),
        201
    );
    let problem: Value = client
        .post("/tasks")
        .json(&json!({ "title": "two" }))
        .await
        .json()
        .await;
    let too_many = "urn:my-app:too-many-tasks";
    assert_eq!(problem["type"], too_many);
    assert_eq!(problem["max"], 1);
}

#[tokio::test]
async fn a_page_hears_of_changes() {
    let client = client().await;
    let mut events = client.get("/events").await;
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    client
        .post("/tasks")
        .json(&json!({ "title": "Buy tea" }))
        .await;
    let event = String::from_utf8(events.piece().await.expect("an event").to_vec()).expect("text");
    assert!(event.contains("event: added\n"), "{event}");
    assert!(
        event.contains(r#"data: {"id":1,"title":"Buy tea","done":false}"#),
        "{event}"
    );
}

#[tokio::test]
async fn the_page_is_served() {
    let response = client().await.get("/").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = response.text().await;
    assert!(page.contains("<title>my-app</title>"));
}

#[tokio::test]
async fn pages_of_other_origins_use_it_where_they_are_allowed_to() {
    let mut config = Config::default();
    config.http.cors.origins =
        serde_json::from_value(json!(["https://app.example.com"])).expect("an origin");
    let client = configured(config).await;
    let allowed = client
        .get("/tasks")
        .header("origin", "https://app.example.com")
        .await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://app.example.com")
    );
    let other = client
        .get("/tasks")
        .header("origin", "https://other.example")
        .await;
    assert_eq!(other.header("access-control-allow-origin"), None);
}
