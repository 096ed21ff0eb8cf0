//! What a browser makes of the page of an API.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;
use tsk::core::{Body, IntoResponse, Problem};
use tsk::http::{Path, Router, get};
use tsk_tests::{Application, curl, settle};

/// What presses the buttons of the page.
const VISITOR: &str = include_str!("docs/visitor.js");

/// What chooses another version of the API.
const CHOOSER: &str = include_str!("docs/chooser.js");

/// The page of a service with one operation, served below a prefix by the whole stack.
fn application() -> Application {
    Application::start(routes())
}

/// Says hello to those alone who have the token.
async fn hello(Path(name): Path<String>, headers: HeaderMap) -> Result<String, Problem> {
    match headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes) {
        Some(b"Bearer open-sesame") => Ok(format!("hello, {name}")),
        _ => Err(Problem::new(StatusCode::UNAUTHORIZED).detail("Nobody knows you.")),
    }
}

/// A visitor's script is served where that of the page is, with it: the policy of the page lets in no other.
fn visited(routes: Router, visitor: &'static str) -> Application {
    let page = "/docs/page.js";
    let script = move || async move {
        let own = tsk_docs::Serve::new(&document()).answer(&Method::GET, page, &HeaderMap::new());
        let own = own.into_body().collect().await.expect("it is in memory").to_bytes();
        let script = format!("{}\n{visitor}", String::from_utf8_lossy(&own));
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript"))], Body::from(script))
            .into_response()
    };
    Application::start(routes.route(get("/reference/docs/page.js", script)))
}

/// The documents of an API in two versions.
fn versions() -> tsk_docs::Serve {
    let endpoint = |path: &str, version: &str| {
        let mut operation = tsk::core::Operation::default();
        operation.summary = Some("Greet somebody".to_owned());
        tsk::core::Endpoint::new(Some(http::Method::GET), path)
            .of_version(version)
            .declared(operation, tsk::core::Meta::default())
    };
    let routes = [endpoint("/v1/hello", "v1"), endpoint("/v2/hello", "v2"), endpoint("/v2/bye", "v2")];
    let versions = ["v1", "v2"].map(|name| tsk::core::Version { name: name.into(), notice: None });
    let table = tsk::core::RouteTable::new(routes).with_versions(versions.into());
    tsk_docs::Serve::new(&tsk_docs::Docs::new(tsk_docs::Info::new("Greetings", "1.0.0")).document(table))
}

fn document() -> tsk_docs::Document {
    let operation = serde_json::from_value(json!({
        "summary": "Say hello to somebody",
        "parameters": [{ "name": "name", "in": "path", "required": true, "schema": { "type": "string" } }],
        "security": [{ "token": [] }],
        "schemes": { "token": { "type": "http", "scheme": "bearer" } },
    }));
    let operation = operation.expect("an operation");
    let route = tsk::core::Endpoint::new(Some(http::Method::GET), "/hello/{name}")
        .declared(operation, tsk::core::Meta::default());
    let docs = tsk_docs::Docs::new(tsk_docs::Info::new("Greetings", "1.0.0")).server("/", "This server.");
    docs.document(tsk::core::RouteTable::new([route]))
}

fn routes() -> Router {
    Router::new().route(get("/hello/{name}", hello)).nest("/reference", tsk_docs::Serve::new(&document()))
}

#[test]
fn an_operation_is_tried_out_without_the_token_and_with_it() {
    let application = visited(routes(), VISITOR);
    let (page, told) = settle(&application.url("/reference/docs"));
    // That the first answer is 401 is told by the browser, and nothing else.
    assert!(told.iter().all(|line| line.contains("401")), "{told:?}");
    // The name is the example of the document.
    assert!(page.contains("visitor: 401, then 200: hello, text"), "{page}");
}

#[test]
fn another_version_of_the_api_is_chosen() {
    let application = visited(Router::new().nest("/reference", versions()), CHOOSER);
    for (query, shown) in [
        ("", "shows: v2 of v2,v1: /v2/bye,/v2/hello"),
        ("?version=v1", "shows: v1 of v2,v1: /v1/hello"),
        // The address cannot have the page load anything but a version that there is.
        ("?version=../../elsewhere", "shows: v2 of v2,v1: /v2/bye,/v2/hello"),
    ] {
        let (page, told) = settle(&application.url(&format!("/reference/docs{query}")));
        assert_eq!(told, <[String; 0]>::default(), "{query}");
        assert!(
            page.contains(shown) && page.contains("goes to: /reference/docs?version=v1"),
            "{query}: {page}"
        );
    }
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
