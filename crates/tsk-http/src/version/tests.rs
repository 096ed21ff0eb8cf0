#![allow(clippy::unwrap_used)]

mod faults;
mod selection;
mod typed;

use http::Method;

use crate::{
    Router, Routes, get, post,
    testing::{Client, Response},
    version::{DeclareVersions, Versions},
};

/// Asks `METHOD target`, with headers.
async fn ask(routes: &Routes, what: &str, headers: &[(&'static str, &[u8])]) -> Response {
    let (method, target) = what.split_once(' ').unwrap();
    let mut request = Client::of(routes).request(Method::from_bytes(method.as_bytes()).unwrap(), target);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.await
}

async fn text(routes: &Routes, what: &str, headers: &[(&'static str, &[u8])]) -> String {
    let response = ask(routes, what, headers).await;
    assert_eq!(response.status(), 200, "{what}");
    response.text().await
}

/// The problem, and that it has this status.
async fn problem(response: Response, status: u16) -> serde_json::Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    response.json().await
}

fn users(versions: Versions) -> Router {
    Router::new()
        .versions(versions)
        .route(get("/users", || async { "names" }).until("v2"))
        .route(get("/users", || async { "users" }).since("v2"))
        .route(post("/users", || async { "added" }).since("v2").until("v3"))
        .route(get("/gap", || async { "first" }).until("v2"))
        .route(get("/gap", || async { "third" }).since("v3"))
        .route(get("/always", || async { "always" }))
}
