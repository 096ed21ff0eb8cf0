//! What a browser makes of the page of an API.

use serde_json::json;
use tsk::http::{Router, get};
use tsk_tests::{Application, curl, settle};

/// The page of a service with one operation, served below a prefix by the whole stack.
fn application() -> Application {
    let operation = serde_json::from_value(json!({
        "summary": "Say hello to somebody",
        "parameters": [{ "name": "name", "in": "path", "required": true, "schema": { "type": "string" } }],
        "security": [{ "token": [] }],
        "schemes": { "token": { "type": "http", "scheme": "bearer" } },
    }));
    let operation = operation.expect("an operation");
    let route = tsk::core::Endpoint::new(Some(http::Method::GET), "/hello/{name}")
        .declared(operation, tsk::core::Meta::default());
    let docs = tsk_docs::Docs::new(tsk_docs::Info::new("Greetings", "1.0.0"));
    let document = docs.document(tsk::core::RouteTable::new([route]));
    let routes = Router::new()
        .route(get("/hello/{name}", || async { "hello" }))
        .nest("/reference", tsk_docs::Serve::new(&document));
    Application::start(routes)
}

#[test]
fn shows_the_operations_without_anything_inline_and_without_another_host() {
    let application = application();
    for path in ["/reference/docs", "/reference/docs/"] {
        let (page, told) = settle(&application.url(path));
        assert_eq!(told, <[String; 0]>::default(), "{path}");
        assert!(page.contains("Say hello to somebody"), "{path}: {page}");
        assert!(page.contains("/hello/") && page.contains("Authorize"), "{path}: {page}");
    }
}

#[test]
fn keeps_its_own_policy_within_the_whole_stack() {
    let application = application();
    let page = curl(&[&application.url("/reference/docs")]);
    let policy = page.header("content-security-policy").expect("there is a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    let document = curl(&["--compressed", &application.url("/reference/openapi.json")]);
    let etag = document.header("etag").expect("a document has a tag").to_owned();
    let again = curl(&[
        "--compressed",
        "-H",
        &format!("if-none-match: {etag}"),
        &application.url("/reference/openapi.json"),
    ]);
    assert_eq!(again.status, 304);
}
