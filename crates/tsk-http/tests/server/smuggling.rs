//! Requests whose end another server might see elsewhere: none is ever taken for two.

use tsk_http::{Router, any};

use crate::running::Running;

/// What hides a second request in the body of the first.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: test\r\n\r\n";

/// Sends a request, and gives the statuses of all answers, the connection having been closed.
async fn statuses(head: &str, body: &str) -> Vec<u16> {
    let router = Router::new().route(any("/", |body: String| async move {
        // What has become of the body is part of the answer.
        format!("{} bytes", body.len())
    }));
    let server = Running::start(router).await;
    let mut client = server.connect().await;
    client.send(format!("{head}\r\n\r\n{body}")).await;
    tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
    let text = String::from_utf8(client.rest().await).unwrap();
    server.stop().await;
    text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
}

#[tokio::test]
async fn a_request_with_two_framings_is_read_as_chunked_and_is_the_last() {
    // RFC 9112 §6.3: the connection is closed after it, whichever was meant.
    let body = format!("0\r\n\r\n{HIDDEN}");
    for head in [
        format!(
            "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\ntransfer-encoding: chunked",
            body.len()
        ),
        format!(
            "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\ncontent-length: {}",
            body.len()
        ),
    ] {
        assert_eq!(statuses(&head, &body).await, [200], "{head}");
    }
}

#[tokio::test]
async fn lengths_that_contradict_each_other_are_refused() {
    for lengths in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 6",
        "content-length: 5, 5",
        "content-length: +5",
        "content-length: -5",
        "content-length: 0x5",
        "content-length: 5 5",
        "content-length:",
        "content-length: 99999999999999999999",
    ] {
        let head = format!("POST / HTTP/1.1\r\nhost: test\r\n{lengths}");
        assert_eq!(statuses(&head, &format!("hello{HIDDEN}")).await, [400], "{lengths}");
    }
}

#[tokio::test]
async fn a_length_beyond_all_bounds_is_refused() {
    let head = "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 18446744073709551615";
    assert_eq!(statuses(head, HIDDEN).await, [431]);
    let head = "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 9223372036854775807";
    assert_eq!(statuses(head, HIDDEN).await, [413]);
}

#[tokio::test]
async fn a_length_that_is_said_twice_is_one_length() {
    let head = "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\ncontent-length: 5";
    assert_eq!(statuses(head, &format!("hello{HIDDEN}")).await, [200, 404]);
}

#[tokio::test]
async fn codings_that_do_not_end_in_chunked_are_refused() {
    for coding in [
        "transfer-encoding: identity",
        "transfer-encoding: chunked, gzip",
        "transfer-encoding: xchunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding:",
        "transfer-encoding: \x0bchunked",
    ] {
        let head = format!("POST / HTTP/1.1\r\nhost: test\r\n{coding}");
        assert_eq!(statuses(&head, &format!("0\r\n\r\n{HIDDEN}")).await, [400], "{coding}");
    }
}

#[tokio::test]
async fn http_1_0_has_no_codings() {
    let head = "POST / HTTP/1.0\r\ntransfer-encoding: chunked";
    assert_eq!(statuses(head, &format!("0\r\n\r\n{HIDDEN}")).await, [400]);
}

#[tokio::test]
async fn names_and_values_that_others_might_trim_or_fold_are_refused() {
    for line in [
        "transfer-encoding : chunked",
        " transfer-encoding: chunked",
        "transfer-encoding\t: chunked",
        "a: b\r\n transfer-encoding: chunked",
        "a: b\r\n\tfolded",
        "transfer_encoding\x00: chunked",
    ] {
        let head = format!("POST / HTTP/1.1\r\nhost: test\r\n{line}");
        assert_eq!(statuses(&head, &format!("0\r\n\r\n{HIDDEN}")).await, [400], "{line:?}");
    }
}

#[tokio::test]
async fn chunks_are_read_to_the_letter() {
    for body in [
        "5;\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "5\r\nhello\r\n-1\r\n\r\n",
        "10000000000000000\r\nhello\r\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "g\r\n\r\n",
    ] {
        let head = "POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked";
        assert_eq!(statuses(head, &format!("{body}{HIDDEN}")).await, [400], "{body:?}");
    }
}

#[tokio::test]
async fn a_line_may_end_in_a_bare_newline() {
    // RFC 9112 §2.2 allows it. It hides nothing, since the whole head is read alike.
    let head = "POST / HTTP/1.1\nhost: test\ncontent-length: 5";
    assert_eq!(statuses(head, &format!("hello{HIDDEN}")).await, [200, 404]);
}

#[tokio::test]
async fn a_body_that_nobody_asked_for_is_not_taken_for_a_request() {
    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        let head = format!("{method} / HTTP/1.1\r\nhost: test\r\ncontent-length: {}", HIDDEN.len());
        assert_eq!(statuses(&head, HIDDEN).await, [200], "{method}");
        let head = format!("{method} /gone HTTP/1.1\r\nhost: test\r\ncontent-length: {}", HIDDEN.len());
        assert_eq!(statuses(&head, HIDDEN).await, [404], "{method}");
    }
}
