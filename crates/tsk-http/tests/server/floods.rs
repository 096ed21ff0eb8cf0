//! Clients of HTTP/2 that send what costs them little: their connection ends, and others are served.

use std::time::Duration;

use bytesize::ByteSize;
use tsk_http::{Config, Router, get, post};

use crate::{
    frames::{
        END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, get as block,
        post as post_block,
    },
    running::{Running, config},
};

const PRIORITY: u8 = 2;
const WINDOW_UPDATE: u8 = 8;
const ENHANCE_YOUR_CALM: u8 = 11;

/// `:status: 200`, by its index (RFC 7541, appendix A).
const OK: u8 = 0x88;

fn router() -> Router {
    Router::new().route(get("/", || async { "hello" })).route(post("/", |body: String| async { body }))
}

/// Whoever takes nothing for a moment is closed.
async fn start() -> Running {
    let (write_min_rate, write_grace) = (ByteSize::gib(1), Duration::from_millis(300));
    Running::with(Config { write_min_rate, write_grace, ..config() }, router()).await
}

async fn others_are_served(server: &Running) {
    assert_eq!(server.connect().await.get("/").await.text(), "hello");
}

#[tokio::test]
async fn who_asks_for_answers_to_frames_and_reads_none_is_closed() {
    let server = start().await;
    for (kind, payload) in [(PING, &[0; 8][..]), (SETTINGS, &[0, 3, 0, 0, 0, 100])] {
        let mut client = Frames::connect(&server).await;
        client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/")).await.unwrap();
        let mut count = 0;
        while client.send(kind, 0, 0, payload).await.is_ok() {
            count += 1;
            if count % 10_000 == 0 {
                others_are_served(&server).await;
            }
        }
        others_are_served(&server).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn priorities_are_passed_over() {
    let server = start().await;
    let mut client = Frames::connect(&server).await;
    for number in 0..10_000 {
        client.send(PRIORITY, 0, 2 * number + 1, &[0, 0, 0, 0, 16]).await.unwrap();
    }
    client.send(HEADERS, END_HEADERS | END_STREAM, 20_001, &block("/")).await.unwrap();
    assert_eq!(client.next_of(HEADERS).await.stream, 20_001);
    drop(client);
    server.stop().await;
}

/// Asserts that the server has had enough, in so many words.
async fn is_calmed(client: &mut Frames) {
    loop {
        let frame = client.next().await.expect("it says goodbye before it closes");
        if frame.kind == GOAWAY {
            assert_eq!(frame.payload[7], ENHANCE_YOUR_CALM);
            return;
        }
    }
}

#[tokio::test]
async fn who_has_the_server_reset_streams_is_sent_away() {
    let server = start().await;
    let mut client = Frames::connect(&server).await;
    for number in 0..200 {
        let stream = 2 * number + 1;
        // A window beyond its bounds is an error of the stream (RFC 9113 §6.9.1).
        let begun = client.send(HEADERS, END_HEADERS, stream, &post_block("/")).await;
        if begun.is_err() || client.send(WINDOW_UPDATE, 0, stream, &[0x7f, 0xff, 0xff, 0xff]).await.is_err() {
            break;
        }
    }
    is_calmed(&mut client).await;
    others_are_served(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn who_resets_streams_before_they_are_looked_at_is_sent_away() {
    let server = start().await;
    let mut client = Frames::connect(&server).await;
    let mut flood = Vec::new();
    for number in 0..1_000_u32 {
        let block = block("/");
        let stream = (2 * number + 1).to_be_bytes();
        for (kind, flags, payload) in
            [(HEADERS, END_HEADERS | END_STREAM, &block[..]), (RST_STREAM, 0, &[0, 0, 0, 8])]
        {
            flood.extend(&(payload.len() as u32).to_be_bytes()[1..]);
            flood.extend([kind, flags]);
            flood.extend(stream);
            flood.extend(payload);
        }
    }
    let _ = tokio::io::AsyncWriteExt::write_all(&mut client.0, &flood).await;
    is_calmed(&mut client).await;
    others_are_served(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_unpacks_to_too_much_is_refused() {
    let server = start().await;
    // A field of 3,000 bytes that the table remembers, and its index, again and again.
    let bomb = |times| {
        let field = [b"\x40\x01a\x7f\xb9\x16".as_slice(), &[b'b'; 3_000]].concat();
        [block("/"), field, vec![0x80 | 62; times]].concat()
    };
    // 90 kB are more than may be, 30 MB cannot be a mistake.
    let mut client = Frames::connect(&server).await;
    client.send(HEADERS, END_HEADERS | END_STREAM, 1, &bomb(30)).await.unwrap();
    let refused = client.next_of(HEADERS).await;
    assert!(refused.stream == 1 && refused.payload[0] != OK, "{refused:?}");
    client.send(HEADERS, END_HEADERS | END_STREAM, 3, &bomb(10)).await.unwrap();
    let answered = client.next_of(HEADERS).await;
    assert!(answered.stream == 3 && answered.payload[0] == OK, "{answered:?}");
    client.send(HEADERS, END_HEADERS | END_STREAM, 5, &bomb(10_000)).await.unwrap();
    is_calmed(&mut client).await;
    others_are_served(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn a_long_target_and_many_fields_are_refused() {
    let server = start().await;
    let long = format!("/{}", "a".repeat(8 * 1024));
    let answer = server.connect().await.get(&long).await;
    assert_eq!((answer.status, answer.header("connection")), (414, Some("close")));

    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let target = http::Request::get(format!("http://test{long}")).body(()).unwrap();
    let mut fields = http::Request::get("http://test/").body(()).unwrap();
    for _ in 0..101 {
        fields.headers_mut().append("a", "b".parse().unwrap());
    }
    for (request, status) in [(target, 414), (fields, 431)] {
        let answer = sender.send_request(request, true).unwrap().0;
        assert_eq!(crate::running::patiently(answer).await.unwrap().status(), status);
    }
    drop(sender);
    connection.await.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test]
async fn how_long_a_target_and_how_many_fields_is_a_setting() {
    for (target, fields) in [(16, 3), (20_000, 200)] {
        let limits = Config { target_limit: ByteSize::b(target), max_headers: fields, ..config() };
        let server = Running::with(limits, Router::new().route(get("/{*all}", || async { "hello" }))).await;
        let target = target as usize;
        for (long, many, status) in [(0, 0, 200), (1, 0, 414), (0, 1, 431)] {
            let mut client = server.connect().await;
            let path = format!("/{}", "a".repeat(target - 1 + long));
            // `host` is one of them.
            let fields = "a: b\r\n".repeat(fields as usize - 1 + many);
            client.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n{fields}\r\n")).await;
            assert_eq!(client.answer().await.status, status, "{target} and {fields}: {long}, {many}");
        }
        server.stop().await;
    }
    for wrong in [
        Config { target_limit: ByteSize::b(0), ..config() },
        Config { target_limit: ByteSize::kib(65), ..config() },
        Config { max_headers: 0, ..config() },
        Config { max_headers: 1_001, ..config() },
    ] {
        assert!(tsk_http::Server::bind(&wrong).await.unwrap_err().to_string().contains("choose one within"));
    }
}

#[tokio::test]
async fn a_target_beyond_the_largest_head_is_refused_for_its_length() {
    let server = Running::start(router()).await;
    for piece in [1_000, 100_000] {
        let mut client = server.connect().await;
        let request = format!("GET /{} HTTP/1.1\r\nhost: test\r\n\r\n", "a".repeat(99_000));
        for piece in request.as_bytes().chunks(piece) {
            // The server may have had enough.
            let _ = client.try_send(piece).await;
        }
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (414, Some("close")));
        assert_eq!(answer.problem()["limit"], 8 * 1024);
        client.closed().await;
    }
    server.stop().await;
}
