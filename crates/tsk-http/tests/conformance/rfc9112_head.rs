//! RFC 9112: the request line, the header fields, the host.

use crate::table::{
    Outcome::{Closed, Kept},
    hidden, run,
};

#[tokio::test]
async fn lines() {
    run(&[
        ("§2.2", "lines that end in CRLF", "GET / HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        ("§2.2", "an empty line before the request", "\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        ("§2.2", "lines that end in LF alone", "GET / HTTP/1.1\nhost: test\n\n", Closed(400)),
        ("§2.2", "a request line that ends in LF alone", "GET / HTTP/1.1\nhost: test\r\n\r\n", Closed(400)),
        ("§2.2", "a field that ends in LF alone", "GET / HTTP/1.1\r\nhost: test\na: b\r\n\r\n", Closed(400)),
        ("§2.2", "a head that ends in LF alone", "GET / HTTP/1.1\r\nhost: test\r\n\n", Closed(400)),
        ("§2.2", "an LF alone before the request", "\nGET / HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.2", "a bare CR in a value", "GET / HTTP/1.1\r\nhost: test\r\na: b\rc\r\n\r\n", Closed(400)),
        ("§2.2", "a bare CR in a name", "GET / HTTP/1.1\r\nhost: test\r\na\rb: c\r\n\r\n", Closed(400)),
        ("§2.2", "a bare CR in the request line", "GET /\r HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.2", "a CR that ends a line", "GET / HTTP/1.1\rhost: test\r\n\r\n", Closed(400)),
        ("§2.2", "whitespace before the first field", "GET / HTTP/1.1\r\n host: test\r\n\r\n", Closed(400)),
        ("§2.2", "what is no request", "hello\r\n\r\n", Closed(400)),
        ("§2.2", "a record of TLS", "\x16\x03\x01\x02\x00\x01\r\n\r\n", Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn versions() {
    run(&[
        ("§2.3", "a name in lower case", "GET / http/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "a major version that is not spoken", "GET / HTTP/2.0\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "a minor version of the future", "GET / HTTP/1.2\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "more digits than two", "GET / HTTP/1.10\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "no dot", "GET / HTTP/11\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "another protocol", "GET / HTPP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§2.3", "no version", "GET /\r\n\r\n", Closed(400)),
        ("§2.3", "no version, but a space", "GET / \r\nhost: test\r\n\r\n", Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn request_lines() {
    run(&[
        ("§3", "a space before the method", " GET / HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "two spaces before the target", "GET  / HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "two spaces before the version", "GET /  HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "a space behind the version", "GET / HTTP/1.1 \r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "a tab for a space", "GET\t/ HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "a tab behind the target", "GET /\tHTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "a space in the target", "GET /a b HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3", "a form feed", "GET /\x0c HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.1", "no method", "/ HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.1", "a method that is no token", "G(T / HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.1", "a method in lower case is another", "get /get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(405)),
    ])
    .await;
}

#[tokio::test]
async fn targets() {
    run(&[
        ("§3.2", "NUL", "GET /\0 HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2", "a byte beyond ASCII", "GET /\u{e4} HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        (
            "§3.2",
            "a byte beyond ASCII in the query",
            "GET /?\u{e4} HTTP/1.1\r\nhost: test\r\n\r\n",
            Closed(400),
        ),
        ("§3.2", "a fragment", "GET /#a HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2", "a fragment behind a query", "GET /?a#b HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2.1", "a path without its slash", "GET get HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2.1", "a query alone", "GET ?a HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2.2", "the absolute form", "GET http://test/get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        (
            "§3.2.2",
            "the absolute form, of HTTPS",
            "GET https://test/get HTTP/1.1\r\nhost: test\r\n\r\n",
            Kept(200),
        ),
        ("§3.2.2", "without a path", "GET http://test HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        (
            "§3.2.2",
            "another host in `Host` is ignored",
            "GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n",
            Kept(200),
        ),
        ("§3.2.2", "yet it has to be a host", "GET http://a/ HTTP/1.1\r\nhost: b c\r\n\r\n", Closed(400)),
        ("§3.2.2", "and there is one", "GET http://a/ HTTP/1.1\r\nhost: b\r\nhost: b\r\n\r\n", Closed(400)),
        ("§3.2.2", "another scheme", "GET ftp://test/ HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2.2", "no host", "GET http:/// HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        (
            "§3.2.3",
            "the authority form without CONNECT",
            "GET test:80 HTTP/1.1\r\nhost: test\r\n\r\n",
            Closed(400),
        ),
        ("§3.2.3", "a host alone", "GET test HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        ("§3.2.4", "an asterisk with OPTIONS", "OPTIONS * HTTP/1.1\r\nhost: test\r\n\r\n", Kept(204)),
        ("§3.2.4", "an asterisk with another method", "GET * HTTP/1.1\r\nhost: test\r\n\r\n", Closed(400)),
        (
            "RFC 9110 §4.2.4",
            "a user in the target",
            "GET http://a@test/ HTTP/1.1\r\nhost: test\r\n\r\n",
            Closed(400),
        ),
    ])
    .await;
}

#[tokio::test]
async fn hosts() {
    run(&[
        ("§3.2", "no host", "GET / HTTP/1.1\r\n\r\n", Closed(400)),
        (
            "§3.2",
            "no host, but a body",
            concat!("POST / HTTP/1.1\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Closed(400),
        ),
        ("§3.2", "two hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", Closed(400)),
        ("§3.2", "the same host twice", "GET / HTTP/1.1\r\nhost: a\r\nHost: a\r\n\r\n", Closed(400)),
        ("§3.2", "two hosts in one field", "GET / HTTP/1.1\r\nhost: a, b\r\n\r\n", Closed(400)),
        ("RFC 9110 §4.2.1", "an empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", Closed(400)),
        ("§3.2", "a port alone", "GET / HTTP/1.1\r\nhost: :80\r\n\r\n", Closed(400)),
        ("§3.2", "a port that is no number", "GET / HTTP/1.1\r\nhost: test:http\r\n\r\n", Closed(400)),
        ("§3.2", "a port with a sign", "GET / HTTP/1.1\r\nhost: test:+80\r\n\r\n", Closed(400)),
        ("§3.2", "a port beyond all", "GET / HTTP/1.1\r\nhost: test:65536\r\n\r\n", Closed(400)),
        ("§3.2", "a path", "GET / HTTP/1.1\r\nhost: test/a\r\n\r\n", Closed(400)),
        ("§3.2", "a query", "GET / HTTP/1.1\r\nhost: test?a\r\n\r\n", Closed(400)),
        ("§3.2", "a URI", "GET / HTTP/1.1\r\nhost: http://test\r\n\r\n", Closed(400)),
        ("RFC 9110 §4.2.4", "a user", "GET / HTTP/1.1\r\nhost: user@test\r\n\r\n", Closed(400)),
        ("§3.2", "markup", "GET / HTTP/1.1\r\nhost: <script>\r\n\r\n", Closed(400)),
        ("§3.2", "a space", "GET / HTTP/1.1\r\nhost: te st\r\n\r\n", Closed(400)),
        ("§3.2", "a byte beyond ASCII", "GET / HTTP/1.1\r\nhost: t\u{e4}st\r\n\r\n", Closed(400)),
        ("§3.2", "an IPv6 address without brackets", "GET / HTTP/1.1\r\nhost: ::1\r\n\r\n", Closed(400)),
        ("§3.2", "an IPv6 address", "GET / HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", Kept(200)),
        ("§3.2", "a name with a port", "GET / HTTP/1.1\r\nHOST:\t test:80 \r\n\r\n", Kept(200)),
        ("§3.2", "HTTP/1.0 without", "GET / HTTP/1.0\r\n\r\n", Closed(200)),
        ("§3.2", "HTTP/1.0 with two", "GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn fields() {
    run(&[
        ("§5", "whitespace around a value", "GET / HTTP/1.1\r\nhost: test\r\na: \t b \t\r\n\r\n", Kept(200)),
        ("§5", "an empty value", "GET / HTTP/1.1\r\nhost: test\r\na:\r\n\r\n", Kept(200)),
        ("§5.1", "a space before the colon", "GET / HTTP/1.1\r\nhost: test\r\na : b\r\n\r\n", Closed(400)),
        ("§5.1", "a tab before the colon", "GET / HTTP/1.1\r\nhost: test\r\na\t: b\r\n\r\n", Closed(400)),
        ("§5.2", "a folded line", "GET / HTTP/1.1\r\nhost: test\r\na: b\r\n c\r\n\r\n", Closed(400)),
        (
            "§5.2",
            "a line folded with a tab",
            "GET / HTTP/1.1\r\nhost: test\r\na: b\r\n\tc: d\r\n\r\n",
            Closed(400),
        ),
        (
            "§5.2",
            "a folded line that is blank",
            "GET / HTTP/1.1\r\nhost: test\r\na: b\r\n \r\n\r\n",
            Closed(400),
        ),
        ("§5", "no colon", "GET / HTTP/1.1\r\nhost: test\r\na\r\n\r\n", Closed(400)),
        ("§5", "no name", "GET / HTTP/1.1\r\nhost: test\r\n: b\r\n\r\n", Closed(400)),
        (
            "RFC 9110 §5.1",
            "a name that is no token",
            "GET / HTTP/1.1\r\nhost: test\r\na@b: c\r\n\r\n",
            Closed(400),
        ),
        (
            "RFC 9110 §5.1",
            "a name beyond ASCII",
            "GET / HTTP/1.1\r\nhost: test\r\n\u{e4}: c\r\n\r\n",
            Closed(400),
        ),
        ("RFC 9110 §5.1", "NUL in a name", "GET / HTTP/1.1\r\nhost: test\r\na\0: c\r\n\r\n", Closed(400)),
        ("RFC 9110 §5.5", "NUL in a value", "GET / HTTP/1.1\r\nhost: test\r\na: b\0c\r\n\r\n", Closed(400)),
        (
            "RFC 9110 §5.5",
            "a control character",
            "GET / HTTP/1.1\r\nhost: test\r\na: \x01\r\n\r\n",
            Closed(400),
        ),
        ("RFC 9110 §5.5", "DEL", "GET / HTTP/1.1\r\nhost: test\r\na: \x7f\r\n\r\n", Closed(400)),
        (
            "RFC 9110 §5.5",
            "bytes beyond ASCII in a value",
            "GET / HTTP/1.1\r\nhost: test\r\na: \u{e4}\r\n\r\n",
            Kept(200),
        ),
    ])
    .await;
}
