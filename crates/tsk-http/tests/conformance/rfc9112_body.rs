//! RFC 9112: where a body ends, and whether the connection is kept.

use crate::table::{
    Outcome::{Closed, Kept},
    hidden, run,
};

/// A request to `/` with these lines in its head, and this body.
macro_rules! post {
    ($lines:expr, $body:expr) => {
        concat!("POST / HTTP/1.1\r\nhost: test\r\n", $lines, "\r\n\r\n", $body)
    };
}

macro_rules! chunked {
    ($($body:expr),+) => {
        post!("transfer-encoding: chunked", concat!($($body),+))
    };
}

#[tokio::test]
async fn lengths() {
    run(&[
        ("§6.2", "a length", post!("content-length: 5", "hello"), Kept(200)),
        ("§6.2", "a length of zero", post!("content-length: 0", ""), Kept(200)),
        ("§6.2", "zeros in front", post!("content-length: 00005", "hello"), Kept(200)),
        ("§6.3", "no length is no body", "POST / HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        (
            "§6.3",
            "zeros without end in front",
            post!(
                "content-length: 00000000000000000000000000000000000000000000000005",
                concat!("hello", hidden!())
            ),
            Closed(400),
        ),
        (
            "§6.3",
            "a body of a GET",
            "GET / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello",
            Kept(200),
        ),
        ("§6.3", "a body like heads", post!("content-length: 36", hidden!()), Kept(200)),
        (
            "§6.3",
            "a chunked body of a GET",
            "GET / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Kept(200),
        ),
        (
            "§6.3",
            "the same length twice",
            post!("content-length: 5\r\ncontent-length: 5", "hello"),
            Kept(200),
        ),
        (
            "§6.3",
            "two lengths",
            post!("content-length: 5\r\ncontent-length: 6", concat!("hello", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "a list of the same",
            post!("content-length: 5, 5", concat!("hello", hidden!())),
            Closed(400),
        ),
        ("§6.3", "a list of two", post!("content-length: 5, 41", concat!("hello", hidden!())), Closed(400)),
        ("§6.3", "a sign", post!("content-length: +5", concat!("hello", hidden!())), Closed(400)),
        ("§6.3", "a negative length", post!("content-length: -5", concat!("hello", hidden!())), Closed(400)),
        (
            "§6.3",
            "a hexadecimal length",
            post!("content-length: 0x5", concat!("hello", hidden!())),
            Closed(400),
        ),
        ("§6.3", "a fraction", post!("content-length: 5.0", concat!("hello", hidden!())), Closed(400)),
        (
            "§6.3",
            "a space in between",
            post!("content-length: 5 5", concat!("hello", hidden!())),
            Closed(400),
        ),
        ("§6.3", "an empty length", post!("content-length:", concat!("hello", hidden!())), Closed(400)),
        ("§6.3", "quotes", post!("content-length: \"5\"", concat!("hello", hidden!())), Closed(400)),
        (
            "§6.3",
            "a digit beyond ASCII",
            post!("content-length: \u{665}", concat!("hello", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "a second one that is malformed",
            post!("content-length: 5\r\ncontent-length: a", "hello"),
            Closed(400),
        ),
        (
            "§6.3",
            "a length beyond 64 bits",
            post!("content-length: 18446744073709551621", hidden!()),
            Closed(400),
        ),
        ("§6.3", "a length beyond the limit", post!("content-length: 9223372036854775807", ""), Closed(413)),
        (
            "RFC 9110 §9.3.2",
            "nor with HEAD",
            concat!("HEAD /get HTTP/1.1\r\nhost: test\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Kept(200),
        ),
        (
            "RFC 9110 §9.3.5",
            "nor with DELETE",
            concat!("DELETE /gone HTTP/1.1\r\nhost: test\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Kept(404),
        ),
        (
            "RFC 9110 §9.3.7",
            "nor with OPTIONS",
            concat!("OPTIONS * HTTP/1.1\r\nhost: test\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Kept(204),
        ),
        (
            "§6.3",
            "the largest length of 64 bits",
            post!("content-length: 18446744073709551615", hidden!()),
            Closed(431),
        ),
        (
            "RFC 9110 §9.3.1",
            "a body with GET is not a request",
            concat!("GET /get HTTP/1.1\r\nhost: test\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Kept(200),
        ),
    ])
    .await;
}

#[tokio::test]
async fn codings() {
    run(&[
        ("§6.1", "chunked", chunked!("5\r\nhello\r\n0\r\n\r\n"), Kept(200)),
        (
            "§7",
            "names of codings have no case",
            post!("transfer-encoding: CHUNKED", "5\r\nhello\r\n0\r\n\r\n"),
            Kept(200),
        ),
        (
            "§6.1",
            "with a length, chunked counts, and it is the last",
            post!("content-length: 3\r\ntransfer-encoding: chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(200),
        ),
        (
            "§6.1",
            "the other way around",
            post!("transfer-encoding: chunked\r\ncontent-length: 41", concat!("0\r\n\r\n", hidden!())),
            Closed(200),
        ),
        (
            "§6.1",
            "in HTTP/1.0 the framing is faulty",
            "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            Closed(400),
        ),
        (
            "§6.1",
            "chunked twice",
            post!("transfer-encoding: chunked, chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.1",
            "chunked twice, in two fields",
            post!(
                "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
                concat!("0\r\n\r\n", hidden!())
            ),
            Closed(400),
        ),
        (
            "§6.1",
            "a coding that is not known",
            post!("transfer-encoding: foo, chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(501),
        ),
        (
            "§6.1",
            "a coding that is not implemented",
            post!("transfer-encoding: gzip, chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(501),
        ),
        (
            "§6.1",
            "the same in two fields",
            post!("transfer-encoding: gzip\r\ntransfer-encoding: chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(501),
        ),
        (
            "§6.1",
            "identity",
            post!("transfer-encoding: identity, chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(501),
        ),
        (
            "§6.1",
            "an empty member",
            post!("transfer-encoding: , chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(501),
        ),
        (
            "§7",
            "a parameter",
            post!("transfer-encoding: chunked;a=b", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "chunked is not the last",
            post!("transfer-encoding: chunked, gzip", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "nor in two fields",
            post!("transfer-encoding: chunked\r\ntransfer-encoding: gzip", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "there is no chunked",
            post!("transfer-encoding: identity", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "nor with a length",
            post!("content-length: 5\r\ntransfer-encoding: identity", concat!("hello", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "a word that is like it",
            post!("transfer-encoding: xchunked", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "quotes",
            post!("transfer-encoding: \"chunked\"", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "a vertical tab before it",
            post!("transfer-encoding: \x0bchunked", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§6.3",
            "no coding at all",
            post!("transfer-encoding:", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
        (
            "§5.1",
            "a space behind the name",
            post!("transfer-encoding : chunked", concat!("0\r\n\r\n", hidden!())),
            Closed(400),
        ),
    ])
    .await;
}

#[tokio::test]
async fn chunk_sizes() {
    run(&[
        ("§7.1", "capitals", chunked!("A\r\n0123456789\r\n0\r\n\r\n"), Kept(200)),
        ("§7.1", "zeros in front", chunked!("0005\r\nhello\r\n000\r\n\r\n"), Kept(200)),
        (
            "§7.1",
            "more zeros than a size can have",
            chunked!("00000000000000000000005\r\nhello\r\n0\r\n\r\n"),
            Closed(400),
        ),
        ("§7.1", "a size beyond 64 bits", chunked!("10000000000000000\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "no size", chunked!("\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a sign", chunked!("+5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a negative size", chunked!("-5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a prefix", chunked!("0x5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a space before", chunked!(" 5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a space behind", chunked!("5 \r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a tab behind", chunked!("5\t\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a space in between", chunked!("5 5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "an underscore", chunked!("0_5\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "another letter", chunked!("g\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "LF alone behind the size", chunked!("5\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "CR alone behind the size", chunked!("5\rhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "two CRs behind the size", chunked!("5\r\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "a chunk that is longer than it says", chunked!("5\r\nhelloXX0\r\n\r\n"), Closed(400)),
        ("§7.1", "LF alone behind the data", chunked!("5\r\nhello\n0\r\n\r\n"), Closed(400)),
        ("§7.1", "nothing behind the data", chunked!("5\r\nhello0\r\n\r\n"), Closed(400)),
        ("§7.1", "the last chunk with LF alone", chunked!("0\n\n", hidden!()), Closed(400)),
        ("§7.1", "a body that ends in LF alone", chunked!("0\r\n\n", hidden!()), Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn chunk_extensions() {
    run(&[
        ("§7.1.1", "a name is ignored", chunked!("5;a\r\nhello\r\n0\r\n\r\n"), Kept(200)),
        ("§7.1.1", "a value is ignored", chunked!("5;a=b;c=d\r\nhello\r\n0;e\r\n\r\n"), Kept(200)),
        (
            "§7.1.1",
            "a quoted value is ignored",
            chunked!("5;a=\";\\\"\t\u{e4}\"\r\nhello\r\n0\r\n\r\n"),
            Kept(200),
        ),
        ("§7.1.1", "whitespace that may be there", chunked!("5 ; a = b\r\nhello\r\n0\r\n\r\n"), Kept(200)),
        ("§7.1.1", "no name", chunked!("5;\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "no value", chunked!("5;a=\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "a name that is no token", chunked!("5;a(b\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "NUL", chunked!("5;a=\0\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "LF in an extension", chunked!("5;a\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "LF instead of an extension", chunked!("5;\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "CR in an extension", chunked!("5;a\rb\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "a line end within quotes", chunked!("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "quotes that are not closed", chunked!("5;a=\"b\r\nhello\r\n0\r\n\r\n"), Closed(400)),
        ("§7.1.1", "two CRs behind an extension", chunked!("5;a\r\r\nhello\r\n0\r\n\r\n"), Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn trailers() {
    run(&[
        ("§7.1.2", "a trailer field", chunked!("5\r\nhello\r\n0\r\na: b\r\n\r\n"), Kept(200)),
        (
            "RFC 9110 §6.5.1",
            "one that is about the framing changes nothing",
            chunked!("0\r\ncontent-length: 36\r\ntransfer-encoding: chunked\r\n\r\n"),
            Kept(200),
        ),
        ("§7.1.2", "a line without a colon", chunked!("0\r\na\r\n\r\n", hidden!()), Closed(400)),
        ("§7.1.2", "LF alone", chunked!("0\r\na: b\n\r\n\r\n", hidden!()), Closed(400)),
        ("§7.1.2", "LF alone at the end", chunked!("0\r\na: b\r\n\n", hidden!()), Closed(400)),
        ("§7.1.2", "CR alone", chunked!("0\r\na: b\rc: d\r\n\r\n", hidden!()), Closed(400)),
        ("§5.2", "a folded line", chunked!("0\r\na: b\r\n c\r\n\r\n", hidden!()), Closed(400)),
        ("§5.1", "a space before the colon", chunked!("0\r\na : b\r\n\r\n", hidden!()), Closed(400)),
        ("RFC 9110 §5.5", "NUL", chunked!("0\r\na: \0\r\n\r\n", hidden!()), Closed(400)),
    ])
    .await;
}

#[tokio::test]
async fn persistence() {
    run(&[
        ("§9.3", "HTTP/1.1", "GET / HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        ("§9.3", "HTTP/1.0", "GET / HTTP/1.0\r\nhost: test\r\n\r\n", Closed(200)),
        ("§9.3", "HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", Kept(200)),
        ("§9.6", "close", "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n", Closed(200)),
        ("§9.6", "close among others", "GET / HTTP/1.1\r\nhost: test\r\nconnection: a, Close\r\n\r\n", Closed(200)),
        ("§9.6", "close, then keep-alive", "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\nconnection: keep-alive\r\n\r\n", Closed(200)),
        ("RFC 9110 §7.6.1", "an option that names a field of the framing", "POST / HTTP/1.1\r\nhost: test\r\nconnection: content-length, host\r\ncontent-length: 5\r\n\r\nhello", Kept(200)),
    ])
    .await;
}
