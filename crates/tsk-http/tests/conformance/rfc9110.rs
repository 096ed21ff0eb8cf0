//! RFC 9110: methods and expectations.

use std::sync::Arc;

use tsk_http::{
    Router, get, post,
    version::{DeclareVersions, Versions},
};

use crate::{
    running::Running,
    table::{
        Outcome::{Closed, Kept},
        hidden, router, run,
    },
};

#[tokio::test]
async fn methods() {
    run(&[
        ("§9.1", "GET", "GET /get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        ("§9.1", "HEAD, wherever there is GET", "HEAD /get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(200)),
        (
            "§9.1",
            "a method that is known, and not allowed",
            "DELETE /get HTTP/1.1\r\nhost: test\r\n\r\n",
            Kept(405),
        ),
        ("§9.1", "a method that nobody knows", "BREW /get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(405)),
        ("§9.1", "the same where there is nothing", "BREW /gone HTTP/1.1\r\nhost: test\r\n\r\n", Kept(404)),
        ("§9.3.6", "CONNECT", "CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n", Closed(501)),
        ("§9.3.6", "CONNECT to a path", "CONNECT / HTTP/1.1\r\nhost: test\r\n\r\n", Closed(501)),
        ("§9.3.7", "OPTIONS", "OPTIONS /get HTTP/1.1\r\nhost: test\r\n\r\n", Kept(204)),
        ("§9.3.8", "TRACE", "TRACE / HTTP/1.1\r\nhost: test\r\ncookie: a=b\r\n\r\n", Closed(405)),
        ("§9.3.8", "TRACE where there is nothing", "TRACE /gone HTTP/1.1\r\nhost: test\r\n\r\n", Closed(501)),
        (
            "§9.3.8",
            "TRACE with a body",
            concat!("TRACE / HTTP/1.1\r\nhost: test\r\ncontent-length: 36\r\n\r\n", hidden!()),
            Closed(405),
        ),
        (
            "RFC 9113 §3.4",
            "the first line of HTTP/2, alone",
            "PRI * HTTP/2.0\r\n\r\nhello\r\n\r\n",
            Closed(400),
        ),
    ])
    .await;
}

#[tokio::test]
async fn trace_is_told_what_there_is_instead() {
    let server = Running::start(router(&Arc::default())).await;
    for (path, status, allow) in [
        ("/", 405, Some("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")),
        ("/get", 405, Some("GET, HEAD, OPTIONS")),
        ("/gone", 501, None),
    ] {
        let mut client = server.connect().await;
        client.send(format!("TRACE {path} HTTP/1.1\r\nhost: test\r\ncookie: a=b\r\n\r\n")).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{path}");
        assert!(!answer.text().contains("a=b"), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn trace_is_told_what_there_is_in_the_version() {
    let routes = |versions| {
        Router::new()
            .versions(versions)
            .route(get("/users", || async { "all" }))
            .route(post("/users", || async { "added" }).since("v2"))
    };
    for (versions, path, header, status, allow) in [
        (Versions::by_path(["v1", "v2"]), "/v1/users", "", 405, Some("GET, HEAD, OPTIONS")),
        (Versions::by_path(["v1", "v2"]), "/v2/users", "", 405, Some("GET, HEAD, OPTIONS, POST")),
        (Versions::by_path(["v1", "v2"]), "/v3/users", "", 501, None),
        // Whatever the header says, what there is in any version is told.
        (
            Versions::by_header("x-api-version", ["v1", "v2"]),
            "/users",
            "",
            405,
            Some("GET, HEAD, OPTIONS, POST"),
        ),
        (
            Versions::by_header("x-api-version", ["v1", "v2"]),
            "/users",
            "x-api-version: v1\r\n",
            405,
            Some("GET, HEAD, OPTIONS, POST"),
        ),
    ] {
        let server = Running::start(routes(versions)).await;
        let mut client = server.connect().await;
        client.send(format!("TRACE {path} HTTP/1.1\r\nhost: test\r\n{header}\r\n")).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{path} {header}");
        server.stop().await;
    }
}

#[tokio::test]
async fn upgrades() {
    run(&[
        ("§7.8", "a protocol that is not offered is ignored", "GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n", Kept(200)),
        ("RFC 9113 §3.1", "so is HTTP/2 in clear text", "GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", Kept(200)),
        ("§7.8", "in HTTP/1.0 too", "GET / HTTP/1.0\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n", Closed(200)),
    ])
    .await;
}

#[tokio::test]
async fn expectations() {
    run(&[
        (
            "§10.1.1",
            "one that cannot be met",
            "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\nexpect: 200-ok\r\n\r\nhello",
            Closed(417),
        ),
        (
            "§10.1.1",
            "one beside 100-continue",
            "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\nexpect: 100-continue, a\r\n\r\nhello",
            Closed(417),
        ),
        (
            "§10.1.1",
            "100-continue without a body",
            "GET / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\n\r\n",
            Kept(200),
        ),
        (
            "§10.1.1",
            "100-continue in HTTP/1.0 is ignored",
            "POST / HTTP/1.0\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\nhello",
            Closed(200),
        ),
    ])
    .await;
}
