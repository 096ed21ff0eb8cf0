//! The console as a client finds it.

#![allow(clippy::unwrap_used)]

use std::{future::poll_fn, pin::Pin, sync::Arc};

use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use serde_json::{Value, json};
use tower_service::Service as _;
use tsk_console::{Config, Console};
use tsk_core::{Body, Insight};

struct Shop;

impl Insight for Shop {
    fn name(&self) -> &str {
        "shop"
    }

    fn snapshot(&self) -> Value {
        json!({ "orders": [{ "name": "tea" }, { "name": "milk" }] })
    }
}

fn console(max_streams: usize) -> Console {
    let config = Config { max_streams, ..Config::default() };
    Console::new(&config, [Arc::new(Shop) as Arc<dyn Insight>]).unwrap()
}

async fn ask(console: &Console, method: Method, path: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path).body(()).unwrap();
    let Ok(response) = console.clone().call(request).await;
    response
}

async fn get(console: &Console, path: &str) -> Response<Body> {
    ask(console, Method::GET, path).await
}

async fn text(response: Response<Body>) -> String {
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(piece) = body.chunk().await.unwrap() {
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn every_answer_has_a_policy_that_allows_nothing_from_elsewhere_nor_inline() {
    let console = console(8);
    for path in console.paths().chain(["/nowhere"]) {
        let response = get(&console, path).await;
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let policy = header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
    }
}

#[tokio::test]
async fn the_page_loads_what_is_there_from_wherever_it_is() {
    let console = console(8);
    for (path, below) in [("/console", "console/"), ("/console/", "")] {
        let page = text(get(&console, path).await).await;
        assert!(page.contains(&format!(r#"src="{below}console.js""#)), "{page}");
        assert!(!page.contains('{') && !page.contains("<style") && !page.contains("onclick"), "{page}");
    }
    for path in Console::assets() {
        let response = get(&console, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let content = text(response).await;
        let imported = content.split("from \"./").skip(1).filter_map(|rest| rest.split_once('"'));
        for (module, _) in imported {
            let path = format!("/console/{module}");
            assert!(Console::assets().any(|asset| asset == path), "{path} is not served");
        }
        let is_made_of_text = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("];
        assert!(!is_made_of_text.iter().any(|way| content.contains(way)), "{path}");
        // The name of a vocabulary of XML, which nobody asks for.
        let content = content.replace("http://www.w3.org/2000/svg", "");
        assert!(!content.contains("http://") && !content.contains("https://"), "{path}");
    }
}

#[tokio::test]
async fn what_a_browser_has_it_is_not_sent_again() {
    let console = console(8);
    let first = get(&console, "/console/console.js").await;
    let tag = first.headers()["etag"].clone();
    let request = Request::get("/console/console.js").header("if-none-match", &tag).body(()).unwrap();
    let Ok(again) = console.clone().call(request).await;
    assert_eq!((again.status(), &again.headers()["etag"]), (StatusCode::NOT_MODIFIED, &tag));
    assert_eq!(text(again).await, "");
}

#[tokio::test]
async fn the_stream_tells_what_is_shown() {
    let console = console(8);
    let response = get(&console, "/console/stream").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let mut body = response.into_body();
    let event = body.chunk().await.unwrap().unwrap();
    let data = str::from_utf8(&event).unwrap().strip_prefix("data: ").unwrap();
    let message: Value = serde_json::from_str(data.trim_end()).unwrap();
    assert_eq!((&message["names"], &message["every_ms"]), (&json!(["shop"]), &json!(1000)));
    assert_eq!(message["changed"]["shop"]["orders"][0]["name"], "tea");
}

#[tokio::test]
async fn beyond_as_many_as_may_look_nobody_does() {
    let console = console(1);
    let first = get(&console, "/console/stream").await;
    let second = get(&console, "/console/stream").await;
    assert_eq!(
        (second.status(), &second.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"5".parse().unwrap())
    );
    assert!(text(second).await.contains("`console.max_streams`"));
    drop(first);
    // Whoever asks for the head alone takes no place.
    let head = ask(&console, Method::HEAD, "/console/stream").await;
    assert!(head.body().is_end_stream());
    assert_eq!(get(&console, "/console/stream").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_looked_for_is_found() {
    let console = console(8);
    let found: Value =
        serde_json::from_str(&text(get(&console, "/console/insight?name=shop&search=TEA").await).await)
            .unwrap();
    assert_eq!(found, json!({ "name": "shop", "cut": false, "value": { "orders": [{ "name": "tea" }] } }));
    assert_eq!(get(&console, "/console/insight?name=shops").await.status(), StatusCode::NOT_FOUND);
    for query in ["", "?search=tea", "?name=shop&serach=tea"] {
        let refused = get(&console, &format!("/console/insight{query}")).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn nothing_is_changed_through_it() {
    let console = console(8);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let refused = ask(&console, method, "/console/stream").await;
        assert_eq!(
            (refused.status(), &refused.headers()["allow"]),
            (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().unwrap())
        );
    }
    assert_eq!(get(&console, "/console/../Cargo.toml").await.status(), StatusCode::NOT_FOUND);
    let mut body = get(&console, "/console").await.into_body();
    assert!(poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.is_some());
}
