//! HTTP/2 with prior knowledge.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Method, Request, Response, StatusCode};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tsk_http::{Path, Router, get, post};

use crate::{
    frames::{
        CONTINUATION, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS,
        get as block,
    },
    running::{Fed, Held, Running, patiently},
};

fn router() -> Router {
    Router::new()
        .route(get("/", || async { "hello" }))
        .route(get("/number/{number}", |Path(number): Path<u32>| async move { number.to_string() }))
        .route(post("/echo", |body: String| async { body }).body_limit(1_000))
}

async fn connect(server: &Running) -> SendRequest<Bytes> {
    handshake(TcpStream::connect(server.address()).await.unwrap()).await
}

async fn handshake(stream: TcpStream) -> SendRequest<Bytes> {
    let (sender, connection) = patiently(h2::client::handshake(stream)).await.unwrap();
    tokio::spawn(connection);
    patiently(sender.ready()).await.unwrap()
}

async fn ask(
    sender: &mut SendRequest<Bytes>,
    method: Method,
    path: &str,
    body: &'static str,
) -> Result<(Response<()>, String), h2::Error> {
    let request = Request::builder().method(method).uri(format!("http://test{path}")).body(()).unwrap();
    poll_fn(|cx| sender.poll_ready(cx)).await?;
    let (response, mut stream) = sender.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(body.into(), true)?;
    }
    let (parts, mut body) = patiently(response).await?.into_parts();
    let mut text = Vec::new();
    while let Some(piece) = patiently(body.data()).await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        text.extend(piece);
    }
    Ok((Response::from_parts(parts, ()), String::from_utf8(text).unwrap()))
}

#[tokio::test]
async fn requests_are_answered() {
    let server = Running::start(router()).await;
    let mut client = connect(&server).await;
    let (head, body) = ask(&mut client, Method::GET, "/", "").await.unwrap();
    assert_eq!(
        (head.status(), body.as_str(), &head.headers()["content-length"]),
        (StatusCode::OK, "hello", &"5".parse().unwrap())
    );
    assert_eq!(head.headers().get_all("date").iter().count(), 1);
    assert_eq!(ask(&mut client, Method::POST, "/echo", "body").await.unwrap().1, "body");
    assert_eq!(ask(&mut client, Method::GET, "/gone", "").await.unwrap().0.status(), 404);
    let (head, body) = ask(&mut client, Method::HEAD, "/", "").await.unwrap();
    assert_eq!((&head.headers()["content-length"], body.as_str()), (&"5".parse().unwrap(), ""));
    server.stop().await;
}

#[tokio::test]
async fn streams_do_not_wait_for_each_other() {
    let held = Arc::new(Held::default());
    let server = Running::start(router().route(held.route())).await;
    let client = connect(&server).await;
    let slow = tokio::spawn({
        let mut client = client.clone();
        async move { ask(&mut client, Method::GET, "/held", "").await.unwrap().1 }
    });
    held.begun().await;
    let many = (0..150).map(|number: u32| {
        let mut client = client.clone();
        tokio::spawn(async move {
            assert_eq!(
                ask(&mut client, Method::GET, &format!("/number/{number}"), "").await.unwrap().1,
                number.to_string()
            );
        })
    });
    for one in many.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    held.let_go();
    assert_eq!(slow.await.unwrap(), "held");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_sent_piece_by_piece() {
    let (sender, body) = Fed::new();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let server = Running::start(Router::new().route(get("/", move || {
        let body = body.lock().unwrap().take().unwrap();
        async { Response::new(body) }
    })))
    .await;
    let mut client = connect(&server).await;
    let request = Request::get("http://test/").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let mut body = patiently(response).await.unwrap().into_body();
    for piece in ["one", "two"] {
        sender.send(piece).unwrap();
        assert_eq!(patiently(body.data()).await.unwrap().unwrap(), piece);
    }
    drop(sender);
    while let Some(end) = patiently(body.data()).await {
        assert!(end.unwrap().is_empty());
    }
    server.stop().await;
}

#[tokio::test]
async fn the_hello_may_come_byte_by_byte() {
    let server = Running::start(router()).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in PREFACE {
        stream.write_all(&[*byte]).await.unwrap();
        // One reading at least sees the byte alone.
        tokio::task::yield_now().await;
    }
    let mut client = Frames(stream);
    client.send(SETTINGS, 0, 0, &[]).await.unwrap();
    client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/")).await.unwrap();
    assert_eq!(client.next_of(HEADERS).await.stream, 1);
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn what_only_begins_like_the_hello_is_http_1() {
    let server = Running::start(router()).await;
    for (bytes, status) in [
        ("PRI * HTTP/2.0\r\n\r\njunk, junk", 400),
        ("PRI * HTTP/1.1\r\nhost: test\r\n\r\n", 400),
        ("PRINT / HTTP/1.1\r\nhost: test\r\n\r\n", 405),
        ("PR / HTTP/1.1\r\nhost: test\r\n\r\n", 405),
        ("PUT / HTTP/1.1\r\nhost: test\r\n\r\n", 405),
    ] {
        let mut client = server.connect().await;
        for byte in bytes.bytes() {
            // What is junk is answered as soon as it shows.
            let _ = client.try_send([byte]).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(client.answer().await.status, status, "{bytes:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn junk_after_the_hello_closes_the_connection() {
    let server = Running::start(router()).await;
    let mut client = server.connect().await;
    client.send(PREFACE).await;
    let _ = client.try_send("GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(100)).await;
    client.rest().await;
    server.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_costs_its_stream_and_not_the_connection() {
    let server = Running::start(router()).await;
    let mut client = connect(&server).await;
    let (head, _) =
        ask(&mut client, Method::POST, "/echo", str::from_utf8(&[b'x'; 1_001]).unwrap()).await.unwrap();
    assert_eq!((head.status(), head.headers().get("connection")), (StatusCode::PAYLOAD_TOO_LARGE, None));

    let declared = Request::post("http://test/echo").header("content-length", "2000").body(()).unwrap();
    let (response, _stream) = client.send_request(declared, false).unwrap();
    assert_eq!(patiently(response).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(ask(&mut client, Method::GET, "/", "").await.unwrap().1, "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_handler_is_dropped_when_its_stream_is_reset() {
    let held = Arc::new(Held::default());
    let server = Running::start(router().route(held.route())).await;
    let mut client = Frames::connect(&server).await;
    client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/held")).await.unwrap();
    held.begun().await;
    client.send(RST_STREAM, 0, 1, &8_u32.to_be_bytes()).await.unwrap();
    held.left().await;
    // The connection goes on.
    client.send(HEADERS, END_HEADERS | END_STREAM, 3, &block("/")).await.unwrap();
    assert_eq!(client.next_of(HEADERS).await.stream, 3);
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Running::start(router()).await;
    let mut client = connect(&server).await;
    let request = Request::get("http://test/").header("a", "b".repeat(70_000)).body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    assert_eq!(patiently(response).await.unwrap().status(), 431);
    assert_eq!(ask(&mut client, Method::GET, "/", "").await.unwrap().1, "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_head_without_end_closes_the_connection() {
    let server = Running::start(router()).await;
    let mut client = Frames::connect(&server).await;
    client.send(HEADERS, END_STREAM, 1, &block("/")).await.unwrap();
    // A field that is never indexed, again and again (CVE-2024-27316 and its like).
    let field = [b"\x10\x01a\x7f\x81\x07".as_slice(), &[b'b'; 1_024]].concat();
    while client.send(CONTINUATION, 0, 1, &field).await.is_ok() {}
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_resets_all_it_asks_for_is_sent_away() {
    // CVE-2023-44487.
    let calls = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route(get("/", {
        let calls = calls.clone();
        move || {
            calls.fetch_add(1, Relaxed);
            std::future::pending::<()>()
        }
    }));
    let server = Running::start(router).await;
    let mut client = Frames::connect(&server).await;
    let mut stream = 1;
    while client.send(HEADERS, END_HEADERS | END_STREAM, stream, &block("/")).await.is_ok()
        && client.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).await.is_ok()
    {
        stream += 2;
        assert!(stream < 2_000_000, "nobody stopped it");
    }
    server.stop().await;
}

#[tokio::test]
async fn further_streams_than_allowed_are_refused() {
    let held = Arc::new(Held::default());
    let server = Running::start(router().route(held.route())).await;
    let mut client = Frames::connect(&server).await;
    for stream in 0..300 {
        client.send(HEADERS, END_HEADERS | END_STREAM, 2 * stream + 1, &block("/held")).await.unwrap();
    }
    let reset = client.next_of(RST_STREAM).await;
    // REFUSED_STREAM: the client may try again.
    assert_eq!(reset.payload, 7_u32.to_be_bytes());
    drop(client);
    held.left().await;
    server.stop().await;
}

#[tokio::test]
async fn frames_that_break_the_protocol_are_answered_with_goaway() {
    let server = Running::start(router()).await;
    for (kind, flags, stream, payload) in [
        // A stream of the server's, a frame where none may be, settings of a wrong size, a HPACK index that is not there.
        (HEADERS, END_HEADERS, 2, block("/")),
        (CONTINUATION, END_HEADERS, 1, block("/")),
        (SETTINGS, 0, 0, vec![0; 5]),
        (HEADERS, END_HEADERS | END_STREAM, 1, vec![0xff, 0xff, 0x7f]),
    ] {
        let mut client = Frames::connect(&server).await;
        client.send(kind, flags, stream, &payload).await.unwrap();
        client.next_of(GOAWAY).await;
        while client.next().await.is_some() {}
    }
    server.stop().await;
}
