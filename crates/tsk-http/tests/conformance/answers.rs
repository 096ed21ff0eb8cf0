//! What an answer must have, and must not.

use std::sync::Arc;

use crate::{client::Answer, running::Running, table};

async fn ask(request: &str) -> Answer {
    let server = Running::start(table::router(&Arc::default())).await;
    let mut client = server.connect().await;
    client.send(request).await;
    let answer = client.answer().await;
    server.stop().await;
    answer
}

#[tokio::test]
async fn a_refusal_is_a_problem_that_closes_the_connection() {
    let answer = ask("GET / HTTP/1.1\r\nhost: <b>\r\n\r\n").await;
    let problem = answer.problem();
    assert_eq!(problem["type"], "urn:tsk:problems/bad-request");
    assert_eq!((answer.status, answer.header("connection")), (400, Some("close")));
    assert!(answer.header("date").is_some());
    // What was sent is never shown.
    assert!(!answer.text().contains('<'), "{}", answer.text());
}

#[tokio::test]
async fn a_body_that_cannot_be_read_ends_the_connection_and_the_answer_says_so() {
    // RFC 9112 §9.6.
    let head = "POST /post HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in ["x\r\n", "5;\r\nhello\r\n0\r\n\r\n", "5\r\nhello!\r\n", "0\r\na: b\n\r\n"] {
        let answer = ask(&[head, body].concat()).await;
        assert_eq!((answer.status, answer.header("connection")), (400, Some("close")), "{body:?}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_told_which_are() {
    // RFC 9110 §15.5.6.
    let answer = ask("BREW /get HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[tokio::test]
async fn an_answer_without_content_has_no_framing() {
    // RFC 9110 §8.6, RFC 9112 §6.1.
    let answer = ask("OPTIONS /get HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert_eq!(answer.status, 204);
    assert_eq!((answer.header("content-length"), answer.header("transfer-encoding")), (None, None));
}

#[tokio::test]
async fn an_upgrade_that_is_ignored_is_not_spoken_of() {
    // RFC 9110 §7.8.
    let answer = ask("GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n").await;
    assert_eq!((answer.status, answer.header("upgrade"), answer.header("connection")), (200, None, None));
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_requests() {
    // RFC 9112 §9.3.2.
    let server = Running::start(table::router(&Arc::default())).await;
    let mut client = server.connect().await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    client
        .send(
            [get("/get"), get("/gone"), get("/next"), "GET / HTTP/1.1\r\n\r\n".into(), get("/hidden")]
                .concat(),
        )
        .await;
    for (status, text) in [(200, "got"), (404, ""), (200, "next"), (400, "")] {
        let answer = client.answer().await;
        assert!(answer.status == status && answer.text().contains(text), "{answer:?}");
    }
    client.closed().await;
    server.stop().await;
}
