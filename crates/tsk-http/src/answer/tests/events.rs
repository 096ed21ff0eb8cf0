//! Answers that go on, and how they end.

use std::time::Duration;

use http::{HeaderValue, Request};
use tokio::time::Instant;
use tower_service::Service as _;
use tsk_core::{Body, Drain, Peer};

use super::super::*;
use crate::{
    Router, get,
    testing::{Client, Response},
};

type Events = Sse<Receiver<Event>>;

/// A client of one route that answers with what is sent, if somebody asks.
fn client(
    drain: Option<&Drain>,
    adjust: fn(Events) -> Events,
) -> (Client, tokio::sync::mpsc::Receiver<Sender<Event>>) {
    let (asked, senders) = tokio::sync::mpsc::channel(1);
    let routes = Router::new().route(get("/events", move || {
        let asked = asked.clone();
        async move {
            let (sender, events) = channel(8);
            asked.send(sender).await.unwrap();
            adjust(Sse::new(events))
        }
    }));
    let service = routes.build().unwrap().service(Peer::Local);
    let client = match drain {
        Some(drain) => Client::new(service.with_drain(drain.clone())),
        None => Client::new(service),
    };
    (client, senders)
}

async fn text(response: &mut Response) -> String {
    String::from_utf8(response.piece().await.unwrap().into()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn events_go_out_as_they_come() {
    let (client, mut senders) = client(None, |sse| sse);
    let mut response = client.get("/events").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("x-accel-buffering"), Some("no"));
    let events = senders.recv().await.unwrap();
    events.send(Event::new("one").id("1")).await.unwrap();
    events.send(Event::json(&[2]).unwrap().name("numbers")).await.unwrap();
    assert_eq!(text(&mut response).await, "data: one\nid: 1\n\n");
    assert_eq!(text(&mut response).await, "data: [2]\nevent: numbers\n\n");
    events.finish();
    assert_eq!(response.piece().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_comes_when_it_has_been_quiet_and_only_then() {
    let (client, mut senders) = client(None, |sse| sse);
    let mut response = client.get("/events").await;
    let events = senders.recv().await.unwrap();
    let start = Instant::now();
    let after = move |seconds| start + Duration::from_secs(seconds);
    for beat in 1..=2 {
        assert_eq!(text(&mut response).await, ":\n\n");
        assert_eq!(Instant::now(), after(15 * beat));
    }
    tokio::spawn(async move {
        tokio::time::sleep_until(after(40)).await;
        events.send(Event::new("late")).await.unwrap();
        tokio::time::sleep_until(after(54)).await;
        events.send(Event::new("in time")).await.unwrap();
        events.gone().await;
    });
    assert_eq!(text(&mut response).await, "data: late\n\n");
    assert_eq!(text(&mut response).await, "data: in time\n\n");
    assert_eq!(Instant::now(), after(54));
    assert_eq!(text(&mut response).await, ":\n\n");
    assert_eq!(Instant::now(), after(69));
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_can_be_faster_or_off() {
    let (fast, mut senders) = client(None, |sse| sse.heartbeat(Duration::from_millis(10)));
    let mut response = fast.get("/events").await;
    let _events = senders.recv().await.unwrap();
    let start = Instant::now();
    assert_eq!(text(&mut response).await, ":\n\n");
    assert_eq!(start.elapsed(), Duration::from_millis(10));

    for off in [|sse: Events| sse.heartbeat(None), |sse: Events| sse.heartbeat(Duration::ZERO)] {
        let (quiet, mut senders) = client(None, off);
        let mut response = quiet.get("/events").await;
        let events = senders.recv().await.unwrap();
        let piece = tokio::time::timeout(Duration::from_secs(1_000_000), response.piece()).await;
        piece.expect_err("nothing is sent");
        drop(events);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_the_events_and_spreads_the_clients() {
    let drain = Drain::new();
    let (client, mut senders) = client(Some(&drain), |sse| sse);
    let mut waits = Vec::new();
    let mut responses = Vec::new();
    for _ in 0..20 {
        let response = client.get("/events").await;
        responses.push((response, senders.recv().await.unwrap()));
    }
    drain.start();
    for (mut response, events) in responses {
        let farewell = text(&mut response).await;
        let wait = farewell.strip_prefix("retry: ").unwrap().trim_end().parse::<u64>().unwrap();
        assert!((1..5_000).contains(&wait), "{wait}");
        waits.push(wait);
        assert_eq!(response.piece().await, None);
        // Whoever makes the events is told.
        events.gone().await;
    }
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 10, "{waits:?}");

    // What was sent before the drain is not lost.
    let drain = Drain::new();
    let (client, mut senders) = self::client(Some(&drain), |sse| sse);
    let mut response = client.get("/events").await;
    let events = senders.recv().await.unwrap();
    for text in ["one", "two"] {
        events.send(Event::new(text)).await.unwrap();
    }
    drain.start();
    assert_eq!(text(&mut response).await, "data: one\n\n");
    assert_eq!(text(&mut response).await, "data: two\n\n");
    assert!(text(&mut response).await.starts_with("retry: "));
    assert_eq!(response.piece().await, None);

    // Who asks now is told at once.
    let mut late = client.get("/events").await;
    let _events = senders.recv().await.unwrap();
    assert!(text(&mut late).await.starts_with("retry: "));
    assert_eq!(late.piece().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_what_always_has_more_to_say() {
    let drain = Drain::new();
    let routes = Router::new()
        .route(get("/events", || async { Sse::new(Endless).spread(Duration::ZERO) }))
        .route(get("/numbers", || async { UntilDrain(from_stream(EndlessText)) }));
    let service = routes.build().unwrap().service(Peer::Local).with_drain(drain.clone());
    let client = Client::new(service);
    let (mut events, mut numbers) = (client.get("/events").await, client.get("/numbers").await);
    assert_eq!(text(&mut events).await, "data: more\n\n");
    assert_eq!(text(&mut numbers).await, "more");
    drain.start();
    for response in [&mut events, &mut numbers] {
        let mut pieces = 0;
        while let Some(piece) = response.piece().await {
            assert!(piece.ends_with(b"more") || piece.ends_with(b"more\n\n"), "without a farewell");
            pieces += 1;
        }
        assert!(pieces <= 100, "{pieces}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_does_not_run_the_stream() {
    let routes = Router::new().route(get("/events", || async {
        Sse::new(produce(|_: Sender<Event>| async { panic!("it was run") }))
    }));
    let client = Client::of(&routes.build().unwrap());
    let response = client.head("/events").await;
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_eq!(response.header("content-length"), None);
    assert_eq!(response.bytes().await, "");
}

#[tokio::test]
async fn the_last_event_is_told_by_its_id() {
    let routes =
        Router::new().route(get("/events", |LastEventId(id): LastEventId| async move { format!("{id:?}") }));
    let mut service = routes.build().unwrap().service(Peer::Local);
    for (value, expected) in [
        (None, "None"),
        (Some("17"), "Some(\"17\")"),
        (Some("ü"), "Some(\"ü\")"),
        (Some(""), "None"),
        (Some("\u{fffd}"), "None"),
    ] {
        let mut request = Request::get("/events").body(Body::empty()).unwrap();
        if let Some(value) = value {
            let value = if value == "\u{fffd}" { &b"\xff"[..] } else { value.as_bytes() };
            request.headers_mut().insert("last-event-id", HeaderValue::from_bytes(value).unwrap());
        }
        let response = service.call(request).await.unwrap();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        assert_eq!(body, expected);
    }
}

/// Streams that are always ready.
struct Endless;
struct EndlessText;

impl futures_core::Stream for Endless {
    type Item = Event;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Event>> {
        std::task::Poll::Ready(Some(Event::new("more")))
    }
}

impl futures_core::Stream for EndlessText {
    type Item = Result<&'static str, std::convert::Infallible>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(Some(Ok("more")))
    }
}
