#![allow(clippy::unwrap_used)]

use std::{
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use http_body::Body as _;
use serde_json::json;

use super::*;
use crate::stream::Stream;

/// Counts how often it is asked.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Insight for Counted {
    fn name(&self) -> &str {
        "counted"
    }

    fn snapshot(&self) -> Value {
        json!(self.0.fetch_add(1, Relaxed) + 1)
    }
}

fn feed(max_streams: usize) -> (Feed, Arc<Counted>) {
    let counted = Arc::new(Counted::default());
    let insights: Arc<[Arc<dyn Insight>]> = [counted.clone() as _].into();
    let config = Config { max_streams, ..Config::default() };
    (Feed::new(&config, Box::new(move || Arc::clone(&insights))), counted)
}

async fn next(stream: &mut Stream) -> Option<Value> {
    let piece = poll_fn(|cx| Pin::new(&mut *stream).poll_frame(cx)).await?;
    let piece = piece.unwrap().into_data().unwrap();
    let text = str::from_utf8(&piece).unwrap();
    Some(serde_json::from_str(text.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_while_nobody_looks() {
    let (feed, counted) = feed(8);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(counted.0.load(Relaxed), 0);
    let mut stream = Stream::new(feed.seat().unwrap(), None);
    for asked in 1..=3 {
        assert_eq!(next(&mut stream).await.unwrap()["changed"]["counted"], asked);
    }
    drop(stream);
    assert!(feed.0.last.lock().await.frame.is_none(), "what nobody sees is not kept");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(counted.0.load(Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn however_many_look_it_is_asked_once_in_an_interval() {
    let (feed, counted) = feed(8);
    let begun = Instant::now();
    let mut streams: Vec<_> = (0..8).map(|_| Stream::new(feed.seat().unwrap(), None)).collect();
    for asked in 1..=5 {
        for stream in &mut streams {
            let said = next(stream).await.unwrap();
            assert_eq!(said["changed"]["counted"], asked);
        }
    }
    assert_eq!((counted.0.load(Relaxed), begun.elapsed().as_secs()), (5, 4));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_has_nothing_made_for_it() {
    let (feed, counted) = feed(8);
    let mut stream = Stream::new(feed.seat().unwrap(), None);
    next(&mut stream).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(counted.0.load(Relaxed), 1);
    next(&mut stream).await.unwrap();
    let begun = Instant::now();
    next(&mut stream).await.unwrap();
    assert_eq!((counted.0.load(Relaxed), begun.elapsed().as_secs()), (3, 1), "nor made up for");
}

#[tokio::test(start_paused = true)]
async fn as_many_look_as_may() {
    let (feed, _) = feed(2);
    let (first, second) = (feed.seat().unwrap(), feed.seat().unwrap());
    assert!(feed.seat().is_none());
    drop(first);
    assert!(feed.seat().is_some());
    drop(second);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_drain() {
    let (feed, _) = feed(1);
    let drain = tsk_core::Drain::new();
    let mut stream = Stream::new(feed.seat().unwrap(), Some(drain.clone()));
    next(&mut stream).await.unwrap();
    let waiting = tokio::spawn(async move { next(&mut stream).await });
    drain.start();
    assert_eq!(waiting.await.unwrap(), None);
    assert!(feed.seat().is_some(), "and its seat is free");
}

#[tokio::test]
async fn who_never_answers_holds_up_one_thread_and_nobody_for_ever() {
    struct Stuck(std::sync::Mutex<std::sync::mpsc::Receiver<()>>, AtomicUsize);
    impl Insight for Stuck {
        fn name(&self) -> &str {
            "stuck"
        }
        fn snapshot(&self) -> Value {
            self.1.fetch_add(1, Relaxed);
            let _ = self.0.lock().unwrap().recv();
            json!("at last")
        }
    }
    let (release, held) = std::sync::mpsc::channel();
    let stuck = Arc::new(Stuck(held.into(), AtomicUsize::new(0)));
    let insights: Arc<[Arc<dyn Insight>]> = [stuck.clone() as _].into();
    let feed = Feed::new(&Config::default(), Box::new(move || Arc::clone(&insights)));
    for _ in 0..20 {
        let mut stream = Stream::new(feed.seat().unwrap(), None);
        poll_fn(|cx| {
            assert!(Pin::new(&mut stream).poll_frame(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    }
    drop(release);
    let said = next(&mut Stream::new(feed.seat().unwrap(), None)).await.unwrap();
    assert_eq!(said["changed"]["stuck"], "at last");
    assert!(stuck.1.load(Relaxed) <= 2, "it is not asked again while it has not answered");
}

#[tokio::test]
async fn what_is_searched_for_is_found() {
    struct Names;
    impl Insight for Names {
        fn name(&self) -> &str {
            "names"
        }
        fn snapshot(&self) -> Value {
            json!({ "all": [{ "name": "Ada" }, { "name": "Grace" }] })
        }
    }
    let insights: Arc<[Arc<dyn Insight>]> = [Arc::new(Names) as _].into();
    let feed = Feed::new(&Config::default(), Box::new(move || Arc::clone(&insights)));
    let find = async |name: &str, search: &str| feed.find(name.to_owned(), search.to_owned()).await;
    let found: Value = serde_json::from_str(&find("names", "ADA").await.unwrap()).unwrap();
    assert_eq!(found, json!({ "name": "names", "cut": false, "value": { "all": [{ "name": "Ada" }] } }));
    assert_eq!(find("nothing", "").await, None);
}
