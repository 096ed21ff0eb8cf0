#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc,
    atomic::{AtomicU16, AtomicUsize, Ordering::SeqCst},
};

use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Body as _;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{IntoResponse, Peer, Policy, Problem};

use super::*;
use crate::{Router, get, layer::filter::FilterLayer};

/// Lets pass who brings a key, and counts who is in; its ticket is held, or is done once it has stamped the answer.
#[derive(Debug, Clone, Default)]
struct Door<const HELD: bool>(Arc<AtomicUsize>);

#[derive(Debug)]
struct Pass<const HELD: bool>(Arc<AtomicUsize>, AtomicU16);

impl<const HELD: bool> Ticket for Pass<HELD> {
    const HELD: bool = HELD;

    fn stamp(&self, headers: &mut HeaderMap) {
        headers.insert("x-door", HeaderValue::from_static("passed"));
        headers.insert("x-learned", self.1.load(SeqCst).into());
    }

    fn answered(&self, status: StatusCode) {
        self.1.store(status.as_u16(), SeqCst);
    }
}

impl<const HELD: bool> Drop for Pass<HELD> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl<const HELD: bool> Policy for Door<HELD> {}

impl<const HELD: bool> Gate for Door<HELD> {
    type Ticket = Pass<HELD>;
    type Wait = Never<Pass<HELD>>;

    fn admit(&self, head: Head<'_>) -> Admission<Pass<HELD>, Never<Pass<HELD>>> {
        if head.headers.contains_key("x-key") {
            self.0.fetch_add(1, SeqCst);
            return Admission::Pass(Pass(Arc::clone(&self.0), AtomicU16::default()));
        }
        Admission::Refuse(Problem::new(StatusCode::FORBIDDEN).into_response())
    }
}

async fn ask<const HELD: bool>(door: &Door<HELD>, has_key: bool) -> Response<Body> {
    let routes = Router::new().route(get("/", || async { "hello" })).build().unwrap();
    let layer = FilterLayer::new(GateFilter::new(door.clone()));
    let mut service = layer.layer(routes.service(Peer::Local));
    let mut request = Request::new(Body::empty());
    if has_key {
        request.headers_mut().insert("x-key", HeaderValue::from_static("1"));
    }
    service.call(request).await.unwrap()
}

#[tokio::test]
async fn a_ticket_that_is_held_lasts_until_the_body_has_ended() {
    let door = Door::<true>::default();
    let answer = ask(&door, true).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-door"], "passed");
    assert_eq!(answer.headers()["x-learned"], "200");
    assert_eq!(door.0.load(SeqCst), 1);
    let mut body = answer.into_body();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "hello");
    assert_eq!(door.0.load(SeqCst), 0);
}

#[tokio::test]
async fn one_that_is_not_is_done_with_the_head_and_costs_no_box() {
    let door = Door::<false>::default();
    let answer = ask(&door, true).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-door"], "passed");
    assert_eq!(answer.headers()["x-learned"], "200");
    assert_eq!(door.0.load(SeqCst), 0);
    assert_eq!(answer.body().size_hint().exact(), Some(5));
    assert!(!format!("{:?}", answer.body()).contains("Stream"));
}

#[tokio::test]
async fn who_is_refused_gets_the_answer_of_the_gate() {
    let door = Door::<true>::default();
    let answer = ask(&door, false).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key("x-door"));
    assert_eq!(door.0.load(SeqCst), 0);
}
