//! The order of the stack, as its answers show it.

#![allow(clippy::unwrap_used)]

use tsk::{http::testing::Client, prelude::*};

const PAGE: &str = "https://app.example.com";

fn client() -> Client {
    let mut config = Config::default();
    config.http.cors.origins = vec![PAGE.into()];
    let routes =
        Router::new().route(get("/long", || async { "long ".repeat(1000) })).route(get("/panic", || async {
            if true {
                panic!("on purpose")
            }
        }));
    App::new(config).routes(routes).client().unwrap().header("origin", PAGE)
}

#[tokio::test]
async fn every_answer_is_safe_in_a_browser_and_readable_to_the_pages_that_may() {
    for (path, status) in [("/long", 200), ("/panic", 500), ("/nowhere", 404)] {
        let response = client().get(path).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.header("access-control-allow-origin"), Some(PAGE), "{path}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(response.header("x-request-id").is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_with_the_methods_of_the_path() {
    let preflight = client().request(http::Method::OPTIONS, "/long");
    let response = preflight.header("access-control-request-method", "GET").await;
    assert_eq!(response.status(), 204);
    let methods = response.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("GET") && !methods.contains("POST"), "{methods}");
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_it() {
    let response = client().get("/long").header("accept-encoding", "gzip").await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    let vary: Vec<_> =
        response.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    let vary = vary.join(", ").to_ascii_lowercase();
    assert!(vary.contains("origin") && vary.contains("accept-encoding"), "{vary}");
    assert!(response.bytes().await.len() < 1000);
    assert_eq!(client().get("/long").await.header("content-encoding"), None);
}

#[tokio::test]
async fn an_answer_that_the_client_has_is_not_sent_again_compressed_or_not() {
    let tag = || ([tsk::http::ETag::version(7).into()], "long ".repeat(1000));
    let routes = Router::new().route(get("/", move || async move { tag() }));
    let client = App::new(Config::default()).routes(routes).client().unwrap();
    for coding in ["identity", "gzip"] {
        let first = client.get("/").header("accept-encoding", coding).await;
        let tag = first.header("etag").unwrap().to_owned();
        let again = client.get("/").header("accept-encoding", coding).header("if-none-match", &*tag).await;
        assert_eq!((again.status().as_u16(), again.bytes().await.len()), (304, 0), "{coding}");
    }
}

#[tokio::test]
async fn what_was_sent_compressed_is_read_as_it_was() {
    let routes = Router::new().route(post("/", |text: String| async { text }));
    let client = App::new(Config::default()).routes(routes).client().unwrap();
    let refused = client.post("/").header("content-encoding", "rot13").body("uryyb").await;
    assert_eq!(refused.status(), 415);
    assert!(refused.header("accept-encoding").unwrap().contains("gzip"));
    assert_eq!(client.post("/").body("hello").await.text().await, "hello");
}
