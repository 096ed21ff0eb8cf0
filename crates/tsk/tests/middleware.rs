//! What an application wraps its service in, and in which order it runs.

#![allow(clippy::unwrap_used)]

use http::{HeaderValue, Request, Response};
use tsk::{http::Next, prelude::*};

async fn trail(request: Request<Body>, next: Next, name: &'static str) -> Response<Body> {
    let mut response = next.run(request).await;
    response.headers_mut().append("trail", HeaderValue::from_static(name));
    response
}

async fn outer(request: Request<Body>, next: Next) -> Response<Body> {
    trail(request, next, "outer").await
}

async fn service(request: Request<Body>, next: Next) -> Response<Body> {
    trail(request, next, "service").await
}

async fn group(request: Request<Body>, next: Next) -> Response<Body> {
    trail(request, next, "group").await
}

fn app(routes: Router) -> App {
    App::new(Config::default()).routes(routes)
}

fn values(response: &tsk::http::testing::Response) -> Vec<&str> {
    response.headers().get_all("trail").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn the_service_is_around_its_groups_and_sees_what_no_route_matches() {
    let routes = Router::new().route(get("/", || async {})).middleware(group);
    let client = app(routes).middleware(service).client().unwrap();
    assert_eq!(values(&client.get("/").await), ["group", "service"]);
    let lost = client.get("/nowhere").await;
    assert_eq!((lost.status().as_u16(), values(&lost)), (404, vec!["service"]));
}

#[tokio::test]
async fn what_is_outermost_sees_the_answer_to_a_panic() {
    let routes = Router::new().route(get("/", || async {
        if true {
            panic!("on purpose")
        }
    }));
    let layer = tower_layer::layer_fn(outer_service);
    let client = app(routes).middleware(service).outer_layer(layer).client().unwrap();
    let response = client.get("/").await;
    assert_eq!((response.status().as_u16(), values(&response)), (500, vec!["outer"]));
    assert!(response.header("x-request-id").is_some());
}

#[tokio::test]
async fn what_is_outermost_is_answered_for_with_nothing_that_is_within() {
    async fn panics(_: Request<Body>, _: Next) -> Response<Body> {
        panic!("on purpose")
    }
    let layer = tower_layer::layer_fn(|next: Next| {
        tsk::http::middleware::Chain::default().middleware(panics).around(next)
    });
    let routes = Router::new().route(get("/", || async {}));
    let response = app(routes).outer_layer(layer).client().unwrap().get("/").await;
    assert_eq!((response.status().as_u16(), response.header("x-content-type-options")), (500, None));
}

fn outer_service(next: Next) -> tsk::http::middleware::Layered<Next> {
    tsk::http::middleware::Chain::default().middleware(outer).around(next)
}

#[test]
fn state_that_the_service_needs_must_be_there() {
    async fn needy(_: State<u8>, request: Request<Body>, next: Next) -> Response<Body> {
        next.run(request).await
    }
    let error = app(Router::new()).middleware(needy).client().unwrap_err().to_string();
    assert!(error.contains("a middleware of the service needs the state `u8`"), "{error}");
    assert!(app(Router::new().state(1_u8)).middleware(needy).client().is_ok());
}

#[tokio::test(start_paused = true)]
async fn time_can_be_paused() {
    let slow = || async {
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        "an hour later"
    };
    let routes = Router::new().route(get("/", slow).timeout(None)).route(get("/limited", slow));
    let client = app(routes).client().unwrap();
    assert_eq!(client.get("/").await.text().await, "an hour later");
    assert_eq!(client.get("/limited").await.status(), 503);
}
