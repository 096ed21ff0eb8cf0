#![allow(clippy::unwrap_used)]

use std::task::ready;

use http::{HeaderValue, StatusCode};
use tsk_core::{Peer, Problem, RequestContext};

use super::*;
use crate::{Path, Router, Routes, State, any, get, post, testing::ask};

/// Says on the way out that it was there.
async fn trail(request: Request<Body>, next: Next, name: &'static str) -> Response<Body> {
    let mut response = next.run(request).await;
    response.headers_mut().append("trail", HeaderValue::from_static(name));
    response
}

async fn inner(request: Request<Body>, next: Next) -> Response<Body> {
    trail(request, next, "inner").await
}

async fn outer(request: Request<Body>, next: Next) -> Response<Body> {
    trail(request, next, "outer").await
}

async fn trail_of(routes: &Routes, what: &str) -> Vec<String> {
    let answer = ask(routes, what, "").await;
    let values = answer.response.headers().get_all("trail").iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_goes_around_what_was_declared_before() {
    let route = get("/", || async {}).middleware(inner).middleware(outer);
    let routes = Router::new().route(route).build().unwrap();
    assert_eq!(trail_of(&routes, "GET /").await, ["inner", "outer"]);
}

#[tokio::test]
async fn a_group_wraps_its_own_routes_and_no_others() {
    let group = Router::new()
        .route(get("/before", || async {}))
        .middleware(inner)
        .route(get("/after", || async {}).middleware(|request, next| trail(request, next, "route")));
    let routes = Router::new()
        .nest("/group", group)
        .route(get("/alone", || async {}))
        .middleware(outer)
        .build()
        .unwrap();
    assert_eq!(trail_of(&routes, "GET /group/before").await, ["inner", "outer"]);
    assert_eq!(trail_of(&routes, "GET /group/after").await, ["route", "inner", "outer"]);
    assert_eq!(trail_of(&routes, "GET /alone").await, ["outer"]);
}

#[tokio::test]
async fn a_fallback_is_wrapped_with_its_router() {
    let group = Router::new().fallback(|| async { "lost" }).middleware(inner);
    let routes = Router::new().merge(group).build().unwrap();
    assert_eq!(trail_of(&routes, "GET /nowhere").await, ["inner"]);
}

#[tokio::test]
async fn it_takes_the_arguments_of_a_handler_and_may_answer_itself() {
    async fn check(
        Path(id): Path<u32>,
        State(secret): State<&'static str>,
        request: Request<Body>,
        next: Next,
    ) -> Result<Response<Body>, Problem> {
        assert_eq!(RequestContext::get(request.extensions()).unwrap().endpoint().template(), "/users/{id}");
        if request.headers().get("secret").is_none_or(|given| given != secret) && id > 9 {
            return Err(Problem::new(StatusCode::FORBIDDEN));
        }
        Ok(next.run(request).await)
    }
    let echo = |Path(id): Path<u32>, body: String| async move { format!("{id} {body}") };
    let routes = Router::new().state("sesame").route(post("/users/{id}", echo)).middleware(check);
    let routes = routes.build().unwrap();
    assert_eq!(ask(&routes, "POST /users/7", "hello").await.body, "7 hello");
    assert_eq!(ask(&routes, "POST /users/70", "hello").await.status(), 403);
    assert_eq!(ask(&routes, "POST /users/many", "hello").await.status(), 400);
}

#[test]
fn state_that_a_middleware_needs_must_be_there() {
    async fn needy(_: State<u8>, request: Request<Body>, next: Next) -> Response<Body> {
        next.run(request).await
    }
    let route = || get("/", |_: State<u16>| async {});
    let layered = Router::new().route(route()).layer(tower_layer::Identity::new()).middleware(needy);
    let fault = layered.build().unwrap_err().to_string();
    assert!(fault.contains("needs the state `u8`") && fault.contains("needs the state `u16`"), "{fault}");
    let fault = Router::new().fallback(|_: State<u8>| async {}).build().unwrap_err().to_string();
    assert!(fault.contains("the fallback at") && fault.contains("`u8`"), "{fault}");
}

/// A tower layer as somebody else wrote it: it waits until it is ready, and changes the body's type.
#[derive(Clone)]
struct Doubling<S>(S, bool);

impl<S> Service<Request<Body>> for Doubling<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Error: Into<tsk_core::BoxError>,
    S::Future: Send + 'static,
{
    type Response = Response<http_body_util::Full<bytes::Bytes>>;
    type Error = tsk_core::BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if !std::mem::replace(&mut self.1, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.0.poll_ready(cx).map_err(Into::into))?;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(self.1, "called before it was ready");
        let fails = request.headers().contains_key("content-type");
        let response = self.0.call(request);
        Box::pin(async move {
            let response = response.await.map_err(Into::into)?;
            let body = http_body_util::BodyExt::collect(response.into_body()).await?.to_bytes();
            let body = [&body[..], &body[..]].concat();
            if fails { Err("no".into()) } else { Ok(Response::new(http_body_util::Full::from(body))) }
        })
    }
}

#[tokio::test]
async fn any_tower_layer_wraps_a_group() {
    let route = any("/", || async { "ab" });
    let doubling = tower_layer::layer_fn(|next: Next| Doubling(next, false));
    let routes = Router::new().route(route).layer(doubling).middleware(outer).build().unwrap();
    assert_eq!(ask(&routes, "GET /", "").await.body, "abab");
    let answer = ask(&routes, "POST /", "fail").await;
    assert_eq!((answer.status(), answer.header("trail")), (500, Some("outer")));
    assert!(!answer.body.contains("no\""), "an error of a layer is not shown: {}", answer.body);
}

#[tokio::test]
async fn a_whole_service_is_wrapped_or_left_alone() {
    let routes = Router::new().route(get("/", || async { "hello" })).build().unwrap();
    let plain = Chain::default().around(routes.service(Peer::Local));
    assert!(matches!(plain, Layered::Plain(_)));
    let mut wrapped =
        Chain::default().middleware(inner).middleware(outer).around(routes.service(Peer::Local));
    let request = Request::builder().uri("/nowhere").body(Body::empty()).unwrap();
    let response = wrapped.call(request).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers().get_all("trail").iter().collect::<Vec<_>>(), ["inner", "outer"]);
}
