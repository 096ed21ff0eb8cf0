//! Allocations of a request, from the routes to the answer. `cargo xtask bench` counts those of the whole server.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Body, Peer};
use tsk_http::{Json, Path, Router, get, post};

#[derive(serde::Serialize)]
struct User {
    id: u64,
    name: &'static str,
}

async fn user(Path(id): Path<u64>) -> Json<User> {
    Json(User { id, name: "Ada Lovelace" })
}

/// A value that is moved as a whole, and owns nothing else.
type Large = [[u64; 32]; 2];

async fn echo(Json(large): Json<Large>) -> Json<Large> {
    Json(large)
}

fn answer(
    service: &mut impl Service<Request<Body>, Response = Response<Body>>,
    request: Request<Body>,
) -> u16 {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(service.call(request)).poll(&mut cx) {
        Poll::Ready(Ok(response)) => response.status().as_u16(),
        Poll::Ready(Err(_)) => panic!("the service failed"),
        Poll::Pending => panic!("a handler that is ready was not answered at once"),
    }
}

#[test]
fn a_request_allocates_for_its_handler_and_its_body_alone() {
    let routes = Router::new().route(get("/", || async { "hello" })).route(get("/users/{id}", user)).build();
    let mut service = routes.unwrap().service(Peer::Local);
    for (path, allocations) in [("/", 1), ("/users/42", 2)] {
        let request = || Request::get(path).header("accept", "*/*").body(Body::empty()).unwrap();
        // The first requests fill the pools that the later ones draw from.
        for _ in 0..10 {
            assert_eq!(answer(&mut service, request()), 200);
        }
        let request = request();
        let counted = allocation_counter::measure(|| {
            answer(&mut service, request);
        });
        assert_eq!(counted.count_total, allocations, "{path}");
    }
}

#[test]
fn what_is_read_of_a_body_has_one_place_in_the_future_of_its_handler() {
    let routes = Router::new().route(post("/", echo)).build().unwrap();
    let mut service = routes.service(Peer::Local);
    let body = serde_json::to_vec(&Large::default()).unwrap();
    let length = body.len() as u64;
    let request = || {
        let body = Body::from(body.clone());
        Request::post("/").header("content-type", "application/json").body(body).unwrap()
    };
    for _ in 0..10 {
        assert_eq!(answer(&mut service, request()), 200);
    }
    let request = request();
    let counted = allocation_counter::measure(|| {
        answer(&mut service, request);
    });
    // The body at its limit, the future of the handler, and what is written.
    assert_eq!(counted.count_total, 3);
    let place = size_of::<Large>() as u64;
    assert!(
        counted.bytes_total < length + place + 256,
        "{} bytes for {length} and {place}",
        counted.bytes_total
    );
}
