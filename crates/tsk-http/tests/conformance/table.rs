//! Rows, and how they are run.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;
use tsk_http::{Router, any, get, post};

use crate::running::{Running, patiently};

/// A section, what is sent in words and in bytes, and the outcome.
pub(crate) type Row = (&'static str, &'static str, &'static str, Outcome);

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is answered with this status, and the next request is answered.
    Kept(u16),
    /// It is answered with this status, and the connection is closed.
    Closed(u16),
}

/// How a request is sent, and the next one behind it.
#[derive(Debug, Clone, Copy)]
enum Way {
    AtOnce,
    /// What comes behind the first head when that was read.
    HeadFirst,
    Bytewise,
}

/// The request behind each of a table.
const NEXT: &str = "GET /next HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";

/// A second request, to be hidden in a first one.
macro_rules! hidden {
    () => {
        "GET /hidden HTTP/1.1\r\nhost: test\r\n\r\n"
    };
}
pub(crate) use hidden;

/// The service that is asked: `/` takes every method and tells the length of the body, `/get` and `/post` take
/// one method each.
pub(crate) fn router(hidden: &Arc<AtomicUsize>) -> Router {
    let hidden = Arc::clone(hidden);
    Router::new()
        .route(any("/", |body: Bytes| async move { format!("{} bytes", body.len()) }))
        .route(get("/get", || async { "got" }))
        .route(post("/post", |body: Bytes| async move { body }))
        .route(get("/next", || async { "next" }))
        .route(any("/hidden", move || {
            hidden.fetch_add(1, Relaxed);
            async { "hidden" }
        }))
}

/// Runs all rows, and fails with a list of those whose outcome is another.
pub(crate) async fn run(rows: &[Row]) {
    let hidden = Arc::new(AtomicUsize::new(0));
    let server = Running::start(router(&hidden)).await;
    let mut wrong = Vec::new();
    for &(section, what, bytes, expected) in rows {
        for way in [Way::AtOnce, Way::HeadFirst, Way::Bytewise] {
            let outcome = outcome(&server, bytes, way).await;
            let hidden = hidden.swap(0, Relaxed);
            // An answer that needs no body does not wait for it, and ends the connection where it has not come.
            let is_early = match (way, expected, &outcome) {
                (Way::HeadFirst | Way::Bytewise, Outcome::Kept(status), Ok(Outcome::Closed(early))) => {
                    *early == status
                }
                _ => false,
            };
            if (outcome.as_ref() != Ok(&expected) && !is_early) || hidden > 0 {
                wrong.push(format!(
                    "{section}: {what}: {expected:?}, not {outcome:?}; {way:?}; hidden: {hidden}"
                ));
            }
        }
    }
    server.stop().await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn outcome(server: &Running, bytes: &str, way: Way) -> Result<Outcome, String> {
    let mut client = server.connect().await;
    client.stream.set_nodelay(true).unwrap();
    let bytes = [bytes, NEXT].concat();
    let pieces: Vec<&[u8]> = match way {
        Way::AtOnce => vec![bytes.as_bytes()],
        Way::HeadFirst => {
            let (head, rest) = bytes.split_at(bytes.find("\r\n\r\n").unwrap() + 4);
            vec![head.as_bytes(), rest.as_bytes()]
        }
        Way::Bytewise => bytes.as_bytes().chunks(1).collect(),
    };
    for piece in pieces {
        // The server may have closed already.
        if client.try_send(piece).await.is_err() {
            break;
        }
        if let Way::HeadFirst = way {
            // The server is in the same thread, and takes its turn to read.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
    }
    let text = String::from_utf8(patiently(client.rest()).await).unwrap();
    let mut answers = text.split("HTTP/1.").skip(1).map(|answer| answer[2..5].parse::<u16>().unwrap());
    match (answers.next(), answers.next(), answers.next()) {
        (Some(status), Some(200), None) if text.ends_with("next") => Ok(Outcome::Kept(status)),
        (Some(status), None, _) => Ok(Outcome::Closed(status)),
        _ => Err(text),
    }
}
