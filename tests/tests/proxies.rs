//! A proxy in front: what one client sends never becomes an answer to another.
//!
//! The proxy has one connection to the server, for all its clients. Where the two disagreed on where a request ends,
//! the answer to what an attacker hid would be given to whoever asks next.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;

use tsk_tests::{Proxy, Server, Site};

/// What is hidden, and should it be answered, comes to who asks next.
macro_rules! hidden {
    () => {
        "GET /hidden.txt HTTP/1.1\r\nHost: test\r\n\r\n"
    };
}

/// A request with a body of chunks, in which another hides.
macro_rules! chunked {
    ($fields:expr, $body:expr) => {
        concat!("POST /a.txt HTTP/1.1\r\nHost: test\r\n", $fields, "\r\n\r\n", $body)
    };
}

/// Requests whose end can be seen in two places.
const ATTACKS: &[(&str, &str)] = &[
    ("CL.TE", chunked!("Content-Length: 45\r\nTransfer-Encoding: chunked", concat!("0\r\n\r\n", hidden!()))),
    (
        "TE.CL",
        chunked!(
            "Transfer-Encoding: chunked\r\nContent-Length: 4",
            concat!("28\r\n", hidden!(), "\r\n0\r\n\r\n")
        ),
    ),
    (
        "TE.TE, a word before",
        chunked!("Content-Length: 45\r\nTransfer-Encoding: xchunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, a space before the colon",
        chunked!("Content-Length: 45\r\nTransfer-Encoding : chunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, a tab",
        chunked!("Content-Length: 45\r\nTransfer-Encoding:\tchunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, a vertical tab",
        chunked!("Content-Length: 45\r\nTransfer-Encoding: \x0bchunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, twice",
        chunked!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            concat!("0\r\n\r\n", hidden!())
        ),
    ),
    (
        "TE.TE, a list",
        chunked!(
            "Content-Length: 45\r\nTransfer-Encoding: chunked, identity",
            concat!("0\r\n\r\n", hidden!())
        ),
    ),
    (
        "TE.TE, folded",
        chunked!("Content-Length: 45\r\nTransfer-Encoding:\r\n chunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, behind a bare LF",
        chunked!("Content-Length: 45\r\nA: b\nTransfer-Encoding: chunked", concat!("0\r\n\r\n", hidden!())),
    ),
    (
        "TE.TE, behind a bare CR",
        chunked!("Content-Length: 45\r\nA: b\rTransfer-Encoding: chunked", concat!("0\r\n\r\n", hidden!())),
    ),
    ("CL.CL", chunked!("Content-Length: 0\r\nContent-Length: 40", hidden!())),
    ("CL.CL, a list", chunked!("Content-Length: 0, 40", hidden!())),
    ("CL, a sign", chunked!("Content-Length: +40", hidden!())),
    (
        "CL.0, a body with GET",
        concat!("GET /a.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 40\r\n\r\n", hidden!()),
    ),
    (
        "CL.0, to what is not there",
        concat!("POST /gone HTTP/1.1\r\nHost: test\r\nContent-Length: 40\r\n\r\n", hidden!()),
    ),
    (
        "0.CL, an expectation",
        concat!(
            "POST /a.txt HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n",
            hidden!()
        ),
    ),
    (
        "0.CL, an odd expectation",
        concat!(
            "GET /a.txt HTTP/1.1\r\nHost: test\r\nExpect: y 100-continue\r\nContent-Length: 40\r\n\r\n",
            hidden!()
        ),
    ),
    (
        "TERM.EXT",
        chunked!(
            "Transfer-Encoding: chunked",
            concat!("2;\nxx\r\n2d\r\n0\r\n\r\n", hidden!(), "\r\n0\r\n\r\n")
        ),
    ),
    (
        "EXT.TERM",
        chunked!(
            "Transfer-Encoding: chunked",
            concat!("2d;\n2\r\nxx\r\n0\r\n\r\n", hidden!(), "\r\n0\r\n\r\n")
        ),
    ),
    (
        "TERM.SPILL",
        chunked!(
            "Transfer-Encoding: chunked",
            concat!("5\r\nhelloX\n2d\r\n0\r\n\r\n", hidden!(), "\r\n0\r\n\r\n")
        ),
    ),
    (
        "a bare CR in an extension",
        chunked!("Transfer-Encoding: chunked", concat!("2;a\rxx\r\n0\r\n\r\n", hidden!())),
    ),
    (
        "a line end in quotes",
        chunked!("Transfer-Encoding: chunked", concat!("2;a=\"\r\nxx\r\n0\r\n\r\n", hidden!())),
    ),
    ("LF behind a size", chunked!("Transfer-Encoding: chunked", concat!("2\nxx\r\n0\r\n\r\n", hidden!()))),
    ("LF behind data", chunked!("Transfer-Encoding: chunked", concat!("2\r\nxx\n0\r\n\r\n", hidden!()))),
    ("LF at the end", chunked!("Transfer-Encoding: chunked", concat!("0\r\n\n", hidden!()))),
    (
        "a size with a prefix",
        chunked!("Transfer-Encoding: chunked", concat!("0x2d\r\n0\r\n\r\n", hidden!(), "\r\n0\r\n\r\n")),
    ),
    (
        "a size beyond 64 bits",
        chunked!("Transfer-Encoding: chunked", concat!("10000000000000000\r\n0\r\n\r\n", hidden!())),
    ),
    (
        "a trailer for the framing",
        chunked!("Transfer-Encoding: chunked", concat!("0\r\nContent-Length: 40\r\n\r\n", hidden!())),
    ),
    (
        "a trailer with a bare LF",
        chunked!("Transfer-Encoding: chunked", concat!("0\r\nA: b\n\r\n\r\n", hidden!())),
    ),
    ("lines in LF", concat!("POST /a.txt HTTP/1.1\nHost: test\nContent-Length: 40\n\n", hidden!())),
    (
        "chunked in HTTP/1.0",
        concat!(
            "POST /a.txt HTTP/1.0\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            hidden!()
        ),
    ),
    ("a fragment", "GET /a.txt#/../hidden.txt HTTP/1.1\r\nHost: test\r\n\r\n"),
];

#[test]
fn behind_nginx_every_answer_is_that_of_who_asked() {
    attack(Proxy::nginx);
}

#[test]
fn behind_haproxy_every_answer_is_that_of_who_asked() {
    attack(Proxy::haproxy);
}

fn attack(proxy: fn(SocketAddr) -> Proxy) {
    let site =
        Site::empty().file("public/a.txt", "a").file("public/b.txt", "b").file("public/hidden.txt", "hidden");
    let server = Server::start(&site);
    let proxy = proxy(server.address());
    for (name, bytes) in ATTACKS {
        let mut attacker = proxy.connect();
        // Whatever is waited for comes with it, so that the attacker gets its answers, and the connection ends.
        let end = "\r\n0\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        let _ = attacker.write_all(format!("{bytes}{end}").as_bytes());
        let _ = attacker.read_to_end(&mut Vec::new());
        for _ in 0..3 {
            let answer = ask(&proxy);
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nb"), "{name}: {answer}");
        }
        // A busy proxy may open one more; had each client its own, none would stay.
        let kept = connections(server.address().port());
        assert!((1..4).contains(&kept), "{name}: {kept} connections to the server, so clients share none");
    }
}

/// What somebody gets who asks for `b`.
fn ask(proxy: &Proxy) -> String {
    let mut client = proxy.connect();
    client
        .write_all(b"GET /b.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        .expect("the proxy reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("the proxy answers");
    answer
}

/// How many connections to a port there are.
fn connections(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux lists connections");
    let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let is_open = |row: &[&str]| row[1].ends_with(&format!(":{port:04X}")) && row[3] == "01";
    rows.filter(|row| is_open(row)).count()
}
