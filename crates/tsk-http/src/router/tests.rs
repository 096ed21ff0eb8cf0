#![allow(clippy::unwrap_used)]

use http::{HeaderMap, Method};
use tsk_core::RequestContext;

use super::*;
use crate::{Path, State, testing::ask};

async fn text(routes: &Routes, what: &str) -> String {
    let answer = ask(routes, what, "").await;
    assert_eq!(answer.status(), 200, "{what}: {}", answer.body);
    answer.body
}

fn fault(router: Router) -> String {
    router.build().unwrap_err().to_string()
}

#[tokio::test]
async fn the_more_literal_route_is_taken() {
    let routes = Router::new()
        .route(get("/{*rest}", |Path(rest): Path<String>| async move { format!("rest {rest}") }))
        .route(get("/users/{id}", |Path(id): Path<String>| async move { format!("user {id}") }))
        .route(get("/users/me", || async { "me" }))
        .build()
        .unwrap();
    assert_eq!(text(&routes, "GET /users/me").await, "me");
    assert_eq!(text(&routes, "GET /users/mea").await, "user mea");
    assert_eq!(text(&routes, "GET /users/me/too").await, "rest users/me/too");
    assert_eq!(ask(&routes, "GET /", "").await.status(), 404);
}

#[tokio::test]
async fn a_path_is_matched_as_it_was_sent() {
    let routes = Router::new()
        .route(get("/users", || async { "users" }))
        .route(get("/one/{name}", |Path(name): Path<String>| async move { name }))
        .build()
        .unwrap();
    assert_eq!(ask(&routes, "GET /users/", "").await.status(), 404);
    assert_eq!(ask(&routes, "GET //users", "").await.status(), 404);
    // An encoded slash is part of the value, not a separator.
    assert_eq!(text(&routes, "GET /one/a%2Fb").await, "a/b");
}

#[tokio::test]
async fn head_is_answered_by_get_without_the_body() {
    let routes = Router::new().route(get("/", || async { "hello" })).build().unwrap();
    let answer = ask(&routes, "HEAD /", "").await;
    assert_eq!((answer.status(), answer.header("content-length"), &*answer.body), (200, Some("5"), ""));
}

#[tokio::test]
async fn head_may_have_a_route_of_its_own() {
    let own = || async { ([(http::header::ETAG, "\"1\"".parse().unwrap())], ()) };
    let routes = Router::new().route(any("/", || async { "any" })).route(head("/", own)).build().unwrap();
    assert_eq!(ask(&routes, "HEAD /", "").await.header("etag"), Some("\"1\""));
    assert_eq!(text(&routes, "GET /").await, "any");
    assert_eq!(text(&routes, "BREW /").await, "any");
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let routes =
        Router::new().route(get("/users", || async {})).route(post("/users", || async {})).build().unwrap();
    let refused = ask(&routes, "DELETE /users", "").await;
    assert_eq!((refused.status(), refused.header("allow")), (405, Some("GET, HEAD, OPTIONS, POST")));
    assert_eq!(refused.problem()["title"], "Method Not Allowed");
    let asked = ask(&routes, "OPTIONS /users", "").await;
    assert_eq!((asked.status(), asked.header("allow")), (204, Some("GET, HEAD, OPTIONS, POST")));
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_or_the_fallback() {
    let routes = Router::new().route(get("/", || async {})).build().unwrap();
    assert_eq!(ask(&routes, "GET /nothing", "").await.problem()["status"], 404);
    let routes = Router::new().fallback(|| async { "fallback" }).build().unwrap();
    assert_eq!(text(&routes, "GET /nothing").await, "fallback");
}

#[tokio::test]
async fn a_nested_router_keeps_its_own_declarations() {
    let inner =
        Router::new().tag("inner").route(get("/", || async { "root" })).route(get("/x", || async { "x" }));
    let routes = Router::new()
        .route(get("/", || async { "top" }))
        .nest("/a/{id}", inner)
        .nest("/", Router::new().route(get("/flat", || async { "flat" })))
        .build()
        .unwrap();
    assert_eq!(text(&routes, "GET /").await, "top");
    assert_eq!(text(&routes, "GET /a/1").await, "root");
    assert_eq!(text(&routes, "GET /a/1/x").await, "x");
    assert_eq!(text(&routes, "GET /flat").await, "flat");
    let tags = |index: usize| routes.table().get(index).operation().tags.clone();
    assert_eq!((tags(0), tags(2)), (vec![], vec!["inner".to_owned()]));
}

#[tokio::test]
async fn a_tower_service_sees_the_path_without_the_prefix() {
    let echo = Router::new()
        .fallback(|uri: http::Uri| async move { uri.to_string() })
        .build()
        .unwrap()
        .service(tsk_core::Peer::Local);
    let routes = Router::new().nest("/old/{version}", echo.clone()).service("/exact", echo).build().unwrap();
    assert_eq!(text(&routes, "GET /old/1/users/7?x=y").await, "/users/7?x=y");
    assert_eq!(text(&routes, "POST /old/1").await, "/");
    assert_eq!(text(&routes, "GET /old/1/").await, "/");
    assert_eq!(text(&routes, "GET /exact?x").await, "/exact?x");
    assert_eq!(ask(&routes, "GET /exact/more", "").await.status(), 404);
}

#[tokio::test]
async fn an_endpoint_knows_its_template() {
    let template = |context: RequestContext| async move { context.endpoint().to_string() };
    let routes = Router::new().route(get("/users/{id}", template)).build().unwrap();
    assert_eq!(text(&routes, "GET /users/42").await, "GET /users/{id}");
}

#[test]
fn a_route_declared_twice_names_both_places() {
    let fault = fault(Router::new().route(get("/a", || async {})).route(get("/a", || async {})));
    assert_eq!(fault.matches("router/tests.rs:").count(), 2, "{fault}");
    assert!(fault.contains("`GET /a` at") && fault.contains("declared before"), "{fault}");
}

#[test]
fn paths_that_conflict_name_both_places() {
    let fault = fault(Router::new().route(get("/{a}", || async {})).route(post("/{b}", || async {})));
    assert_eq!(fault.matches("router/tests.rs:").count(), 2, "{fault}");
    assert!(fault.contains("`POST /{b}`") && fault.contains("`GET /{a}`"), "{fault}");
}

#[test]
fn every_fault_is_told_at_once() {
    let router = Router::new()
        .route(get("a", || async {}))
        .route(get("/{", || async {}))
        .route(get("/{*rest}/x", || async {}))
        .route(get("/1/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", || async {}))
        .route(get("/state", |State(()): State<()>| async {}))
        .nest("nested", Router::new());
    let fault = fault(router);
    for part in [
        "must begin with `/`",
        "`GET /{`",
        "end of a route",
        "more than 8",
        "needs the state `()`",
        "\"nested\"",
    ] {
        assert!(fault.contains(part), "{part} in {fault}");
    }
}

#[test]
fn a_state_or_a_fallback_set_twice_is_a_fault() {
    let inner = Router::new().state(2_u8).fallback(|| async {});
    let fault = fault(Router::new().state(1_u8).fallback(|| async {}).merge(inner));
    assert!(fault.contains("the state `u8` is set twice") && fault.contains("two fallbacks"), "{fault}");
}

#[tokio::test]
async fn a_handler_gets_the_state_by_its_type() {
    let both = |State(a): State<u8>, State(b): State<&'static str>| async move { format!("{a} {b}") };
    let inner = Router::new().state("inner").route(get("/", both));
    let routes = Router::new().state(7_u8).nest("/in", inner).build().unwrap();
    assert_eq!(text(&routes, "GET /in").await, "7 inner");
}

proptest::proptest! {
    #[test]
    fn no_template_and_no_path_panics(template in ".{0,40}", path in "/[ -~]{0,40}") {
        let routes = Router::new().route(get(&template, || async {})).build();
        if let Ok(routes) = routes {
            let (_, params) = routes.at(&Method::GET, &path, &HeaderMap::new());
            for index in 0..params.len() {
                proptest::prop_assert!(params.value(&path, index).is_some());
            }
        }
    }

    #[test]
    fn a_parameter_is_what_stands_in_its_place(id in "[!-.0-~]{1,20}", rest in "[!-~]{1,20}") {
        let routes = Router::new().route(get("/u/{id}/f/{*rest}", || async {})).build().unwrap();
        let path = format!("/u/{id}/f/{rest}");
        let (index, params) = routes.at(&Method::GET, &path, &HeaderMap::new());
        proptest::prop_assert_eq!(index, 0);
        proptest::prop_assert_eq!(params.value(&path, 0), Some(&*id));
        proptest::prop_assert_eq!(params.value(&path, 1), Some(&*rest));
    }
}
