#![allow(clippy::unwrap_used)]

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::Poll,
};

use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::{Instant, sleep};
use tower_service::Service;
use tsk_core::Peer;

use super::*;
use crate::{Dispatch, Entry, Exit, Router, get};

const LIMIT: Duration = Duration::from_secs(30);

/// The answer of `router` to a request for `path`, within the default limit: its status, and its body once it
/// has been read to the end.
async fn ask(layer: &mut TimeoutLayer, router: Router, path: &str) -> (u16, String) {
    let mut routes = router.build().unwrap();
    routes.bind(layer).unwrap();
    let timed = layer.layer(Dispatch::new(routes.clone(), 1024));
    let mut service = Entry::new(Exit::new(timed, None), routes, Peer::Local);
    let response = service.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (status, body) = (response.status().as_u16(), response.into_body().collect().await.unwrap());
    (status, String::from_utf8(body.to_bytes().into()).unwrap())
}

/// Takes that long, and notes that it was dropped.
async fn slow(takes: Duration) -> &'static str {
    sleep(takes).await;
    "in the end"
}

fn router(takes: Duration) -> Router {
    Router::new().route(get("/", move || slow(takes)))
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_is_passed_on() {
    let mut layer = TimeoutLayer::new(LIMIT);
    let answer = ask(&mut layer, router(LIMIT - Duration::from_millis(1)), "/").await;
    assert_eq!(answer, (200, "in the end".into()));
    assert_eq!(layer.timer.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_late_one_is_a_problem() {
    let begun = Instant::now();
    let (status, body) = ask(&mut TimeoutLayer::new(LIMIT), router(Duration::MAX), "/").await;
    assert_eq!(status, 503);
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["type"], "urn:tsk:problems/timeout");
    assert!(!body.contains("30s"), "the client is not told the limit: {body}");
    let late = begun.elapsed().checked_sub(LIMIT).unwrap();
    assert!(late <= timer::TICK, "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_late_is_dropped() {
    struct Sets(Arc<AtomicBool>);
    impl Drop for Sets {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }

    let dropped = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&dropped);
    let router = Router::new().route(get("/", move || {
        let sets = Sets(Arc::clone(&held));
        async move {
            slow(Duration::MAX).await;
            drop(sets);
        }
    }));
    assert_eq!(ask(&mut TimeoutLayer::new(LIMIT), router, "/").await.0, 503);
    assert!(dropped.load(Relaxed));
}

#[tokio::test(start_paused = true)]
async fn one_that_need_not_wait_is_not_timed() {
    let mut layer = TimeoutLayer::new(LIMIT);
    let router = Router::new().route(get("/", || async { "at once" }));
    assert_eq!(ask(&mut layer, router, "/").await.0, 200);
    assert!(!layer.timer.is_running());
}

#[tokio::test(start_paused = true)]
async fn the_body_has_its_own_time() {
    let router = Router::new().route(get("/", || async {
        let (mut stream, waits) = (None, 2 * LIMIT);
        let frames = futures_stream(move |cx| {
            let sleeping = stream.get_or_insert_with(|| Box::pin(sleep(waits)));
            sleeping.as_mut().poll(cx)
        });
        Response::new(Body::new(StreamBody::new(frames)))
    }));
    assert_eq!(ask(&mut TimeoutLayer::new(LIMIT), router, "/").await, (200, "late".into()));
}

/// A stream of one piece, which is there once `ready` says so.
fn futures_stream(
    mut ready: impl FnMut(&mut Context<'_>) -> Poll<()> + Send + Unpin + 'static,
) -> impl futures_core::Stream<Item = Result<Frame<bytes::Bytes>, std::convert::Infallible>> + Send {
    struct Once<F>(F, bool);
    impl<F: FnMut(&mut Context<'_>) -> Poll<()> + Unpin> futures_core::Stream for Once<F> {
        type Item = Result<Frame<bytes::Bytes>, std::convert::Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if self.1 {
                return Poll::Ready(None);
            }
            std::task::ready!((self.0)(cx));
            self.1 = true;
            Poll::Ready(Some(Ok(Frame::data(bytes::Bytes::from_static(b"late")))))
        }
    }
    Once(move |cx: &mut Context<'_>| ready(cx), false)
}

#[tokio::test(start_paused = true)]
async fn a_route_has_the_time_that_it_or_its_group_declares() {
    let router = || {
        let takes = Duration::from_secs(20);
        let group = Router::new()
            .timeout(Duration::from_secs(10))
            .route(get("/group", move || slow(takes)))
            .route(get("/own", move || slow(takes)).timeout(Duration::from_secs(21)))
            .route(get("/ever", move || slow(LIMIT * 100)).timeout(None))
            .route(get("/zero", move || slow(LIMIT * 100)).timeout(Duration::ZERO));
        Router::new().merge(group).route(get("/default", move || slow(takes)))
    };
    for (path, status) in
        [("/group", 503), ("/own", 200), ("/ever", 200), ("/zero", 200), ("/default", 200), ("/none", 404)]
    {
        assert_eq!(ask(&mut TimeoutLayer::new(LIMIT), router(), path).await.0, status, "{path}");
    }
    let mut off = TimeoutLayer::new(Duration::ZERO);
    assert_eq!(ask(&mut off, router(), "/group").await.0, 503);
    assert_eq!(ask(&mut off, router(), "/default").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn the_documentation_has_the_answer_of_the_routes_that_are_timed() {
    let router = Router::new().route(get("/a", || async {})).route(get("/b", || async {}).timeout(None));
    let mut routes = router.build().unwrap();
    routes.bind(&mut TimeoutLayer::new(LIMIT)).unwrap();
    let documented = |index| routes.table().get(index).operation().responses.contains_key(&503);
    assert_eq!((documented(0), documented(1)), (true, false));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_requests_that_are_given_up() {
    let layer = TimeoutLayer::new(LIMIT);
    let routes = router(Duration::MAX).build().unwrap();
    let mut requests = Vec::new();
    for _ in 0..100 {
        let timed = layer.layer(Dispatch::new(routes.clone(), 1024));
        let mut service = Entry::new(timed, routes.clone(), Peer::Local);
        let mut answer = Box::pin(service.call(Request::get("/").body(Body::empty()).unwrap()));
        assert!(std::future::poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx).is_pending())).await);
        requests.push(answer);
    }
    assert_eq!(layer.timer.waiting(), 100);
    drop(requests);
    assert_eq!(layer.timer.waiting(), 0);
}
