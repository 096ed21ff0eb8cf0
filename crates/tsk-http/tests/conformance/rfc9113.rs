//! RFC 9113: requests in HTTP/2 that are malformed.

use std::sync::{Arc, atomic::AtomicUsize};

use crate::{
    frames::{END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, RST_STREAM},
    running::Running,
    table,
};

/// What becomes of a request in HTTP/2. But for the last, the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered(u16),
    /// RFC 9113 §8.1.1: an error of the stream, PROTOCOL_ERROR.
    Reset,
    /// RFC 9113 §5.4.1: the same as an error of the connection, which ends it.
    Gone,
}
use Outcome::{Answered, Gone, Reset};

/// A section, what is sent in words, the fields in their order, and the outcome.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], Outcome);

/// The kind of a frame that has content.
const DATA: u8 = 0;

const METHOD: (&str, &str) = (":method", "GET");
const SCHEME: (&str, &str) = (":scheme", "http");
const PATH: (&str, &str) = (":path", "/get");
const AUTHORITY: (&str, &str) = (":authority", "test");

#[tokio::test]
async fn fields() {
    run(&[
        ("§8.3", "a request", &[METHOD, SCHEME, PATH, AUTHORITY], Answered(200)),
        ("§8.2.1", "a name with a capital", &[METHOD, SCHEME, PATH, AUTHORITY, ("A", "b")], Gone),
        ("§8.2.1", "a name that is no token", &[METHOD, SCHEME, PATH, AUTHORITY, ("a b", "c")], Gone),
        ("§8.2.1", "an empty name", &[METHOD, SCHEME, PATH, AUTHORITY, ("", "c")], Gone),
        ("§8.2.1", "NUL in a value", &[METHOD, SCHEME, PATH, AUTHORITY, ("a", "b\0c")], Gone),
        ("§8.2.1", "LF in a value", &[METHOD, SCHEME, PATH, AUTHORITY, ("a", "b\nc: d")], Gone),
        ("§8.2.1", "CR in a value", &[METHOD, SCHEME, PATH, AUTHORITY, ("a", "b\rc")], Gone),
        ("§8.2.2", "connection", &[METHOD, SCHEME, PATH, AUTHORITY, ("connection", "close")], Reset),
        ("§8.2.2", "keep-alive", &[METHOD, SCHEME, PATH, AUTHORITY, ("keep-alive", "a")], Reset),
        ("§8.2.2", "proxy-connection", &[METHOD, SCHEME, PATH, AUTHORITY, ("proxy-connection", "a")], Reset),
        (
            "§8.2.2",
            "transfer-encoding",
            &[METHOD, SCHEME, PATH, AUTHORITY, ("transfer-encoding", "chunked")],
            Reset,
        ),
        ("§8.2.2", "upgrade", &[METHOD, SCHEME, PATH, AUTHORITY, ("upgrade", "a")], Reset),
        ("§8.2.2", "te: trailers", &[METHOD, SCHEME, PATH, AUTHORITY, ("te", "trailers")], Answered(200)),
        ("§8.2.2", "te: gzip", &[METHOD, SCHEME, PATH, AUTHORITY, ("te", "gzip")], Reset),
    ])
    .await;
}

#[tokio::test]
async fn pseudo_fields() {
    run(&[
        ("§8.3", "one behind a field", &[METHOD, SCHEME, PATH, ("a", "b"), AUTHORITY], Reset),
        ("§8.3", "one that there is not", &[METHOD, SCHEME, PATH, AUTHORITY, (":a", "b")], Gone),
        ("§8.3", "one of an answer", &[METHOD, SCHEME, PATH, AUTHORITY, (":status", "200")], Reset),
        ("§8.3.1", "two methods", &[METHOD, METHOD, SCHEME, PATH, AUTHORITY], Reset),
        ("§8.3.1", "two paths", &[METHOD, SCHEME, PATH, PATH, AUTHORITY], Reset),
        ("§8.3.1", "two authorities", &[METHOD, SCHEME, PATH, AUTHORITY, AUTHORITY], Reset),
        ("§8.3.1", "no method", &[SCHEME, PATH, AUTHORITY], Reset),
        ("§8.3.1", "no scheme", &[METHOD, PATH, AUTHORITY], Reset),
        ("§8.3.1", "no path", &[METHOD, SCHEME, AUTHORITY], Reset),
        ("§8.3.1", "an empty path", &[METHOD, SCHEME, (":path", ""), AUTHORITY], Reset),
        ("§8.3.1", "a path with a space", &[METHOD, SCHEME, (":path", "/a b"), AUTHORITY], Reset),
        (
            "§8.3.1",
            "an asterisk with OPTIONS",
            &[(":method", "OPTIONS"), SCHEME, (":path", "*"), AUTHORITY],
            Answered(204),
        ),
        ("§8.3.1", "an asterisk with GET", &[METHOD, SCHEME, (":path", "*"), AUTHORITY], Answered(400)),
        ("§8.3.1", "a path beyond ASCII", &[METHOD, SCHEME, (":path", "/\u{e4}"), AUTHORITY], Answered(400)),
        (
            "§8.3.1",
            "a user in the authority",
            &[METHOD, SCHEME, PATH, (":authority", "a@test")],
            Answered(400),
        ),
        ("§8.3.1", "an authority that is none", &[METHOD, SCHEME, PATH, (":authority", "a b")], Reset),
        ("§8.3.1", "no authority, but a host", &[METHOD, SCHEME, PATH, ("host", "test")], Answered(200)),
        ("§8.3.1", "neither", &[METHOD, SCHEME, PATH], Answered(400)),
        ("§8.3.1", "the same host", &[METHOD, SCHEME, PATH, AUTHORITY, ("host", "TEST")], Answered(200)),
        ("§8.3.1", "another host", &[METHOD, SCHEME, PATH, AUTHORITY, ("host", "other")], Answered(400)),
        ("§8.5", "CONNECT", &[(":method", "CONNECT"), AUTHORITY], Answered(501)),
        (
            "RFC 8441 §4",
            "extended CONNECT, where there are no sockets",
            &[(":method", "CONNECT"), (":protocol", "websocket"), SCHEME, PATH, AUTHORITY],
            Answered(501),
        ),
        (
            "RFC 8441 §4",
            "extended CONNECT, where there is nothing",
            &[(":method", "CONNECT"), (":protocol", "websocket"), SCHEME, (":path", "/gone"), AUTHORITY],
            Answered(404),
        ),
        (
            "RFC 8441 §4",
            "extended CONNECT, of another protocol",
            &[(":method", "CONNECT"), (":protocol", "connect-udp"), SCHEME, PATH, AUTHORITY],
            Answered(501),
        ),
        ("RFC 9110 §9.3.8", "TRACE", &[(":method", "TRACE"), SCHEME, PATH, AUTHORITY], Answered(405)),
        (
            "RFC 9110 §9.3.8",
            "TRACE where there is nothing",
            &[(":method", "TRACE"), SCHEME, (":path", "/gone"), AUTHORITY],
            Answered(501),
        ),
    ])
    .await;
}

async fn run(rows: &[Row]) {
    let server = Running::start(table::router(&Arc::new(AtomicUsize::new(0)))).await;
    let mut wrong = Vec::new();
    for &(section, what, fields, expected) in rows {
        let mut client = Frames::connect(&server).await;
        let block: Vec<u8> = fields.iter().flat_map(|&(name, value)| literal(name, value)).collect();
        client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block).await.unwrap();
        let outcome = outcome(&mut client, 1).await;
        let next = [METHOD, SCHEME, (":path", "/next"), AUTHORITY].map(|(name, value)| literal(name, value));
        // The server may be gone.
        let _ = client.send(HEADERS, END_HEADERS | END_STREAM, 3, &next.concat()).await;
        let next = self::outcome(&mut client, 3).await;
        if outcome != expected || next != if expected == Gone { Gone } else { Answered(200) } {
            wrong.push(format!("{section}: {what}: {expected:?}, not {outcome:?}; the next: {next:?}"));
        }
    }
    server.stop().await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_body_of_another_length_than_it_says_is_malformed() {
    // §8.1.1.
    let server = Running::start(table::router(&Arc::default())).await;
    for (length, body) in [("3", "hello"), ("9", "hello")] {
        let mut client = Frames::connect(&server).await;
        let fields = [(":method", "POST"), SCHEME, (":path", "/post"), AUTHORITY, ("content-length", length)];
        let block = fields.map(|(name, value)| literal(name, value)).concat();
        client.send(HEADERS, END_HEADERS, 1, &block).await.unwrap();
        client.send(DATA, END_STREAM, 1, body.as_bytes()).await.unwrap();
        assert_eq!(outcome(&mut client, 1).await, Reset, "{length}");
    }
    server.stop().await;
}

/// What becomes of a stream.
async fn outcome(client: &mut Frames, stream: u32) -> Outcome {
    while let Some(frame) = client.next().await {
        match frame.kind {
            HEADERS if frame.stream == stream => return Answered(status(&frame.payload)),
            RST_STREAM if frame.stream == stream => {
                assert_eq!(frame.payload, 1_u32.to_be_bytes());
                return Reset;
            }
            GOAWAY => {
                assert_eq!(frame.payload[4..8], 1_u32.to_be_bytes());
                return Gone;
            }
            _ => {}
        }
    }
    Gone
}

/// The status at the beginning of a block: an entry of the static table, or a literal.
fn status(block: &[u8]) -> u16 {
    // A change of the dynamic table's size may come before.
    let block = if block[0] & 0xe0 == 0x20 { &block[1..] } else { block };
    match block {
        [indexed @ 0x88..=0x8e, ..] => [200, 204, 206, 304, 400, 404, 500][usize::from(indexed - 0x88)],
        [0x48 | 0x08, 3, text @ ..] => std::str::from_utf8(&text[..3]).unwrap().parse().unwrap(),
        // Digits of five bits in Huffman's code: 0, 1 and 2. The others have six.
        [0x48 | 0x08, coded, text @ ..] => huffman(&text[..usize::from(coded & 0x7f)]),
        _ => panic!("no status: {block:?}"),
    }
}

/// Three digits in Huffman's code (RFC 7541, appendix B).
fn huffman(text: &[u8]) -> u16 {
    let mut bits = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
    let mut take = |count| (0..count).fold(0, |value, _| value << 1 | bits.next().unwrap());
    (0..3).fold(0, |number, _| {
        let code = take(5);
        number * 10 + if code < 3 { code } else { (code << 1 | take(1)) - 0x19 + 3 }
    })
}

/// A field that is neither indexed nor compressed (RFC 7541 §6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let string = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    [vec![0], string(name), string(value)].concat()
}
