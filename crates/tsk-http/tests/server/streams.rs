//! Answers that go on: no faster than the client reads, no longer than the client or the service is there.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    sync::{Mutex, mpsc},
};
use tsk_core::Drain;
use tsk_http::{
    Event, Router, Sse,
    answer::{Gone, Receiver, Sender, UntilDrain, channel, from_stream, produce},
    get,
};

use crate::running::{Running, config, patiently};

/// A route whose answer is what the test sends, if a client asks for it.
fn fed<T, A>(path: &str, answer: fn(Receiver<T>) -> A) -> (Router, mpsc::Receiver<Sender<T>>)
where
    T: Send + 'static,
    A: tsk_http::IntoResponse + 'static,
{
    let (asked, senders) = mpsc::channel(16);
    let router = Router::new().route(get(path, move || {
        let asked = asked.clone();
        async move {
            let (sender, receiver) = channel(4);
            asked.send(sender).await.unwrap();
            answer(receiver)
        }
    }));
    (router, senders)
}

/// A server whose answers know when it drains.
async fn draining(router: Router) -> Running {
    let routes = router.build().unwrap();
    let drain = Arc::new(OnceLock::<Drain>::new());
    let known = Arc::clone(&drain);
    let server = Running::serving(config(), move |peer| {
        routes.service(peer).with_drain(known.get().expect("nobody has connected yet").clone())
    })
    .await;
    drain.set(server.drain.clone()).unwrap();
    server
}

const GET: &str = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";
const PIECE: usize = 64 * 1024;

/// More than the system, the connection and the channel hold for a client that does not read.
const HELD: usize = 16 << 20;

#[tokio::test]
async fn a_sender_is_no_further_than_its_client_and_learns_that_it_left() {
    let (router, mut senders) = fed("/", from_stream::<Receiver<Bytes>, _, _>);
    let server = Running::start(router).await;
    let mut client = TcpStream::connect(server.address()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut client, GET.as_bytes()).await.unwrap();
    let sender = patiently(senders.recv()).await.unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let sending = tokio::spawn(async move {
        let piece = Bytes::from(vec![b'x'; PIECE]);
        for _ in 0..4_096 {
            sender.send(piece.clone()).await?;
            count.fetch_add(PIECE, Relaxed);
        }
        Ok::<(), Gone>(())
    });
    let (mut read, mut buffer) = (0, vec![0; PIECE]);
    while read < 32 << 20 {
        read += patiently(client.read(&mut buffer)).await.unwrap();
        let ahead = sent.load(Relaxed).saturating_sub(read);
        assert!(ahead < HELD, "{ahead} bytes wait for a client that has not asked for them");
    }
    drop(client);
    patiently(sending).await.unwrap().unwrap_err();
    server.stop().await;
}

#[tokio::test]
async fn a_sender_that_has_nothing_to_send_learns_that_its_client_left() {
    let (router, mut senders) = fed("/", |events| Sse::new(events).heartbeat(Duration::from_millis(1)));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send(GET).await;
    assert_eq!(client.head().await.header("content-type"), Some("text/event-stream"));
    let events: Sender<Event> = patiently(senders.recv()).await.unwrap();
    drop(client);
    patiently(events.gone()).await;
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_finished_is_not_taken_for_the_whole() {
    let (router, mut senders) = fed("/", from_stream::<Receiver<&'static str>, _, _>);
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send(GET).await;
    client.head().await;
    let sender = patiently(senders.recv()).await.unwrap();
    sender.send("half").await.unwrap();
    assert_eq!(client.chunk().await.unwrap(), b"half");
    drop(sender);
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn events_end_when_the_server_is_told_to_stop() {
    let (router, mut senders) = fed("/", Sse::new);
    let server = draining(router).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = server.connect().await;
        client.send(GET).await;
        client.head().await;
        let events = patiently(senders.recv()).await.unwrap();
        events.send(Event::new("hello").id("1")).await.unwrap();
        assert_eq!(client.chunk().await.unwrap(), b"data: hello\nid: 1\n\n");
        clients.push((client, events));
    }
    server.drain.start();
    for (client, events) in &mut clients {
        let farewell = String::from_utf8(client.chunk().await.unwrap()).unwrap();
        assert!(farewell.starts_with("retry: "), "{farewell}");
        assert_eq!(client.chunk().await, None, "the answer ends as it should");
        client.closed().await;
        patiently(events.gone()).await;
    }
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn events_over_http_2_end_too() {
    let (router, mut senders) = fed("/", Sse::new);
    let server = draining(router).await;
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (mut client, connection) = patiently(h2::client::handshake(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get("http://test/").body(()).unwrap();
    let response = patiently(client.send_request(request, true).unwrap().0).await.unwrap();
    let mut body = response.into_body();
    let events: Sender<Event> = patiently(senders.recv()).await.unwrap();
    events.send(Event::new("hello")).await.unwrap();
    assert_eq!(patiently(body.data()).await.unwrap().unwrap(), "data: hello\n\n");
    server.drain.start();
    let farewell = patiently(body.data()).await.unwrap().unwrap();
    assert!(farewell.starts_with(b"retry: "));
    let rest = patiently(body.data()).await.transpose().unwrap();
    assert!(rest.is_none_or(|rest| rest.is_empty() && body.is_end_stream()), "the answer ends as it should");
    patiently(connection).await.unwrap().unwrap();
    assert_eq!(server.stopped().await.abandoned, 0);
}

#[tokio::test]
async fn any_answer_can_end_with_the_service() {
    let dropped = Arc::new(Mutex::new(()));
    let held = Arc::clone(&dropped);
    let router = Router::new().route(get("/", move || {
        let held = Arc::clone(&held);
        async move {
            UntilDrain(from_stream(produce(|clock| async move {
                let _held = held.lock_owned().await;
                clock.send("tick").await?;
                std::future::pending().await
            })))
        }
    }));
    let server = draining(router).await;
    let mut client = server.connect().await;
    client.send(GET).await;
    client.head().await;
    assert_eq!(client.chunk().await.unwrap(), b"tick");
    server.drain.start();
    assert_eq!(client.chunk().await, None);
    drop(patiently(dropped.lock()).await);
    assert_eq!(server.stopped().await.abandoned, 0);
}
