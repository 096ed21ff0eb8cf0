#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
    mpsc,
};
use std::time::Instant;

use http_body_util::BodyExt as _;

use super::*;
use crate::{Config, catalogue};

async fn ask(scrape: &mut Scrape, request: http::request::Builder) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = scrape.call(request.body(()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn the_format_is_what_is_asked_for() {
    let mut scrape = Scrape::new(Metrics::new(&Config::default()).unwrap());
    let (status, headers, body) = ask(&mut scrape, Request::get("/metrics")).await;
    assert_eq!(
        (status, headers["content-type"].as_bytes()),
        (StatusCode::OK, &b"text/plain; version=0.0.4; charset=utf-8"[..])
    );
    assert!(!body.ends_with(b"# EOF\n"));
    let open = "application/openmetrics-text;version=1.0.0";
    let request = || Request::get("/metrics").header("accept", "text/plain;q=0.1").header("accept", open);
    let (_, headers, body) = ask(&mut scrape, request()).await;
    assert_eq!(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(body.ends_with(b"# EOF\n"));
    let (_, headers, _) = ask(&mut scrape.clone().always(Format::Text), request()).await;
    assert_eq!(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
}

#[tokio::test]
async fn who_has_not_the_token_learns_nothing() {
    let config = Config { token: Some("correct horse battery".to_owned().into()), ..Config::default() };
    let mut scrape = Scrape::new(Metrics::new(&config).unwrap());
    for shown in [
        "",
        "Bearer ",
        "Bearer correct horse",
        "Basic correct horse battery",
        "Bearer correct horse battery2",
    ] {
        let (status, headers, body) =
            ask(&mut scrape, Request::get("/").header("authorization", shown)).await;
        assert_eq!(
            (status, headers["www-authenticate"].as_bytes()),
            (StatusCode::UNAUTHORIZED, &b"Bearer"[..])
        );
        assert!(!String::from_utf8(body).unwrap().contains("http_"), "{shown}");
    }
    let right = Request::get("/").header("authorization", "bearer correct horse battery");
    assert_eq!(ask(&mut scrape, right).await.0, StatusCode::OK);
}

#[tokio::test]
async fn only_reading_is_possible() {
    let mut scrape = Scrape::new(Metrics::new(&Config::default()).unwrap());
    let (status, headers, _) = ask(&mut scrape, Request::post("/")).await;
    assert_eq!((status, headers["allow"].as_bytes()), (StatusCode::METHOD_NOT_ALLOWED, &b"GET, HEAD"[..]));
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn who_takes_gzip_gets_it() {
    use std::io::Read as _;

    let mut scrape = Scrape::new(Metrics::new(&Config::default()).unwrap());
    let (_, headers, body) =
        ask(&mut scrape, Request::get("/").header("accept-encoding", "br, GZIP;q=0.5")).await;
    assert_eq!(headers["content-encoding"], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
    assert!(text.contains("http_server_active_requests"));
    for accepted in ["identity", "gzip;q=0", "br", ""] {
        let (_, headers, _) = ask(&mut scrape, Request::get("/").header("accept-encoding", accepted)).await;
        assert!(!headers.contains_key("content-encoding"), "{accepted}");
    }
}

/// Metrics that are written out only when a test says so, and how often they are.
fn slow(config: &Config) -> (Metrics, mpsc::Sender<()>, mpsc::Receiver<()>, Arc<AtomicUsize>) {
    let metrics = Metrics::new(config).unwrap();
    let (go, wait) = mpsc::channel();
    let (begins, begun) = mpsc::channel();
    let (wait, renderings) = (Mutex::new(wait), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&renderings);
    metrics.collect("slow", move |samples| {
        count.fetch_add(1, SeqCst);
        begins.send(()).unwrap();
        let _ = wait.lock().unwrap().recv();
        samples.set(&catalogue::SERVER_CONNECTIONS, &[], 1.0);
    });
    (metrics, go, begun, renderings)
}

#[tokio::test]
async fn a_storm_costs_one_page() {
    let (metrics, go, begun, renderings) = slow(&Config::default());
    let first = metrics.worker().ask(Format::Text, false);
    begun.recv().unwrap();
    // It is being written, so that these are answered with the next.
    let storm: Vec<_> = (0..200).map(|_| metrics.worker().ask(Format::Text, false)).collect();
    go.send(()).unwrap();
    go.send(()).unwrap();
    first.await.unwrap();
    for waiting in storm {
        assert!(waiting.await.unwrap().starts_with(b"# TYPE"));
    }
    assert_eq!(renderings.load(SeqCst), 2);
}

#[tokio::test]
async fn there_is_room_for_so_many_who_wait() {
    let (metrics, go, begun, _) = slow(&Config::default());
    let first = metrics.worker().ask(Format::Text, false);
    begun.recv().unwrap();
    let waiting: Vec<_> = (0..256).map(|_| metrics.worker().ask(Format::Text, false)).collect();
    let mut refused = Scrape::new(metrics.clone()).call(Request::new(()));
    match Pin::new(&mut refused).poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(Ok(answer)) => assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE),
        Poll::Pending => panic!("it waits as well"),
    }
    // Who leaves makes room.
    drop(waiting);
    let next = metrics.worker().ask(Format::Text, false);
    go.send(()).unwrap();
    go.send(()).unwrap();
    first.await.unwrap();
    next.await.unwrap();
}

#[tokio::test]
async fn who_panics_while_telling_is_left_out() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    metrics.collect("a", |_| panic!("on purpose"));
    metrics.collect("b", |samples| samples.set(&catalogue::SERVER_CONNECTIONS, &[], 7.0));
    for _ in 0..2 {
        let page = metrics.scrape(Format::Text, false).await.unwrap();
        assert!(std::str::from_utf8(&page).unwrap().contains("server_connections 7\n"));
    }
    metrics.forget("b");
    let page = metrics.scrape(Format::Text, false).await.unwrap();
    assert!(!std::str::from_utf8(&page).unwrap().contains("server_connections"));
}

#[tokio::test]
async fn an_answer_that_is_under_way_is_given_after_the_metrics_are_gone() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let answer = Scrape::new(metrics).call(Request::new(()));
    assert_eq!(answer.await.unwrap().status(), StatusCode::OK);
}

/// Waits for a thread that has nothing left to do.
fn has_ended(metrics: &Metrics) {
    while metrics.worker().has_thread() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_thread_stands_from_the_first_page_on() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    assert!(!metrics.worker().has_thread());
    for _ in 0..2 {
        metrics.scrape(Format::Text, false).await.unwrap();
        assert!(metrics.worker().has_thread());
    }
}

#[tokio::test]
async fn where_the_program_ticks_there_is_a_thread_only_while_a_page_is_written() {
    let (metrics, go, begun, renderings) = slow(&Config::default());
    metrics.tick(Instant::now());
    for count in 1..4 {
        assert!(!metrics.worker().has_thread());
        let page = metrics.worker().ask(Format::Text, false);
        begun.recv().unwrap();
        assert!(metrics.worker().has_thread());
        let next = metrics.worker().ask(Format::Text, false);
        go.send(()).unwrap();
        go.send(()).unwrap();
        page.await.unwrap();
        next.await.unwrap();
        has_ended(&metrics);
        begun.recv().unwrap();
        assert_eq!(renderings.load(SeqCst), 2 * count);
    }
}

#[tokio::test]
async fn a_thread_that_stands_ends_once_the_program_ticks() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    metrics.scrape(Format::Text, false).await.unwrap();
    metrics.tick(Instant::now());
    has_ended(&metrics);
    metrics.scrape(Format::Text, false).await.unwrap();
    has_ended(&metrics);
}
