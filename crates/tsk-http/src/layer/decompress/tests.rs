#![allow(clippy::unwrap_used)]

use std::io::Write;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use proptest::prelude::*;
use tower_service::Service;
use tsk_core::{Body, BoxError, Peer};

use super::*;
use crate::{Dispatch, Entry, Exit, Router, Routes, post};

const LIMIT: u64 = 1 << 20;

async fn echo(headers: HeaderMap, body: Bytes) -> (http::StatusCode, Bytes) {
    assert!(!headers.contains_key("content-length"));
    let status = if headers.contains_key("content-encoding") { 203 } else { 200 };
    (http::StatusCode::from_u16(status).unwrap(), body)
}

async fn count(mut body: Body) -> Result<String, Problem> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(length.to_string())
}

fn routes() -> Routes {
    let routes = Router::new()
        .route(post("/", echo))
        .route(post("/count", count).body_limit(1 << 40))
        .route(post("/raw", echo).decompression(false));
    routes.build().unwrap()
}

/// An answer, its body read.
struct Answer(Response<()>, Bytes);

impl Answer {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn problem(&self) -> (u16, String) {
        let problem: serde_json::Value = serde_json::from_slice(&self.1).unwrap();
        (self.status(), problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
    }
}

async fn send_by<B>(config: &Config, path: &str, encoding: &[&str], body: B) -> Answer
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let routes = routes();
    let service = DecompressLayer::new(config).unwrap().layer(Dispatch::new(routes.clone(), LIMIT));
    let mut service = Entry::new(Exit::new(service, None), routes, Peer::Local);
    let mut request = Request::post(path);
    for value in encoding {
        request = request.header("content-encoding", *value);
    }
    let (parts, body) = service.call(request.body(body).unwrap()).await.unwrap().into_parts();
    Answer(Response::from_parts(parts, ()), body.collect().await.unwrap().to_bytes())
}

async fn send(path: &str, encoding: &[&str], body: impl Into<Bytes>) -> Answer {
    send_by(&Config::default(), path, encoding, Full::new(body.into())).await
}

/// A body of these pieces.
fn body_of(pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Body {
    struct Pieces<I>(I);
    impl<I: Iterator<Item = Bytes> + Unpin> futures_core::Stream for Pieces<I> {
        type Item = Result<Frame<Bytes>, BoxError>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
        }
    }
    Body::new(StreamBody::new(Pieces(Box::new(pieces))))
}

fn encoded(coding: Coding, content: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Coding::Brotli => {
            let mut encoded = Vec::new();
            let parameters = brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() };
            brotli::BrotliCompress(&mut &*content, &mut encoded, &parameters).unwrap();
            encoded
        }
        Coding::Zstd => {
            let mut encoded = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
            zstd_safe::compress(&mut encoded, content, 3).unwrap();
            encoded
        }
    }
}

fn text() -> Vec<u8> {
    "Not all those who wander are lost. ".repeat(3_000).into()
}

#[tokio::test]
async fn the_handler_reads_what_was_meant() {
    for coding in Coding::ALL {
        let answer = send("/", &[coding.name()], encoded(coding, &text())).await;
        assert_eq!((answer.status(), answer.1), (200, text().into()), "{coding:?}");
        let nothing = send("/", &[coding.name()], encoded(coding, b"")).await;
        assert_eq!((nothing.status(), nothing.1.len()), (200, 0));
    }
    for encoding in [&["x-gzip"][..], &["GZIP"], &[" gzip , identity"], &["identity", "gzip"]] {
        let answer = send("/", encoding, encoded(Coding::Gzip, &text())).await;
        assert_eq!((answer.status(), answer.1), (200, text().into()), "{encoding:?}");
    }
    let plain = send("/", &[], text()).await;
    assert_eq!((plain.status(), plain.1), (200, text().into()));
}

#[tokio::test]
async fn an_encoding_that_is_not_taken_is_refused_with_those_that_are() {
    for encoding in
        [&["deflate"][..], &["compress"], &["gzip, gzip"], &["br", "gzip"], &["gz\u{e9}ip"], &["*"]]
    {
        let answer = send("/", encoding, text()).await;
        assert_eq!(answer.problem(), (415, "unsupported-content-encoding".into()), "{encoding:?}");
        assert_eq!(answer.0.headers()["accept-encoding"], "gzip, br, zstd");
    }
    let config = Config { codings: vec![Coding::Zstd], ..Config::default() };
    let gzip = Full::from(encoded(Coding::Gzip, &text()));
    let answer = send_by(&config, "/", &["gzip"], gzip).await;
    assert_eq!((answer.status(), &answer.0.headers()["accept-encoding"]), (415, &"zstd".parse().unwrap()));
    // Without content there is nothing to decode.
    assert_eq!(send("/", &["deflate"], "").await.status(), 203);
}

#[tokio::test]
async fn it_can_be_off_for_all_or_for_a_route() {
    let gzip = encoded(Coding::Gzip, &text());
    let off = Config { enabled: false, ..Config::default() };
    let everywhere = send_by(&off, "/", &["gzip"], Full::from(gzip.clone())).await;
    assert_eq!((everywhere.status(), everywhere.1), (203, gzip.clone().into()));
    let here = send("/raw", &["gzip"], gzip.clone()).await;
    assert_eq!((here.status(), here.1), (203, gzip.into()));
}

#[tokio::test]
async fn what_ends_early_goes_on_or_is_something_else_is_malformed() {
    for coding in Coding::ALL {
        let whole = encoded(coding, &text());
        let mut longer = whole.clone();
        longer.extend(b"and more");
        let mut damaged = whole.clone();
        let half = damaged.len() / 2;
        damaged[half..].iter_mut().for_each(|byte| *byte ^= 0x55);
        for (name, body) in [
            ("early", &whole[..whole.len() - 1]),
            ("half", &whole[..half]),
            ("longer", &longer),
            ("damaged", &damaged),
            ("plain", b"{\"plain\": \"text, and rather more than any header has\"}"),
        ] {
            for path in ["/", "/count"] {
                let answer = send(path, &[coding.name()], body.to_vec()).await;
                assert_eq!(answer.problem(), (400, "invalid-content-encoding".into()), "{coding:?} {name}");
            }
        }
    }
}

#[tokio::test]
async fn members_and_frames_follow_one_another() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let two = [encoded(coding, b"one, "), encoded(coding, &text())].concat();
        let answer = send("/", &[coding.name()], two).await;
        assert_eq!((answer.status(), answer.1), (200, [b"one, ".as_slice(), &text()].concat().into()));
    }
    // Of exactly one piece, which looks as if there were more.
    let piece = encoded(Coding::Gzip, &vec![b'x'; 32 << 10]);
    assert_eq!(send("/", &["gzip"], piece).await.1.len(), 32 << 10);
}

#[tokio::test]
async fn the_limit_of_the_route_is_for_what_the_handler_reads() {
    let content = (0..200_000).map(|n| format!("{n} ")).collect::<String>();
    for coding in Coding::ALL {
        let answer = send("/", &[coding.name()], encoded(coding, content.as_bytes())).await;
        assert_eq!(answer.problem(), (413, "body-too-large".into()), "{coding:?}");
    }
}

#[tokio::test]
async fn a_bomb_is_defused() {
    for coding in Coding::ALL {
        let bomb = encoded(coding, &vec![0; 16 << 20]);
        assert!(bomb.len() < 20_000);
        let answer = send("/count", &[coding.name()], bomb).await;
        assert_eq!(answer.problem(), (413, "compression-ratio".into()), "{coding:?}");
        assert_eq!(answer.0.headers()["connection"], "close");
        // What is short may be as regular as it likes.
        let short = send("/", &[coding.name()], encoded(coding, &vec![0; 1 << 20])).await;
        assert_eq!((short.status(), short.1.len()), (200, 1 << 20));
    }
    let trusting = Config { max_ratio: 1_000_000, ..Config::default() };
    let bomb = Full::from(encoded(Coding::Zstd, &vec![0; 16 << 20]));
    assert_eq!(send_by(&trusting, "/count", &["zstd"], bomb).await.1, (16 << 20).to_string());
}

#[tokio::test]
async fn a_stream_of_nothing_ends() {
    let nothing = Bytes::from(encoded(Coding::Gzip, b"").repeat(50));
    let mut sent = 0;
    let endless = std::iter::repeat_with(move || {
        sent += nothing.len();
        assert!(sent < 1 << 20, "it is read for ever");
        nothing.clone()
    });
    let answer = send_by(&Config::default(), "/", &["gzip"], body_of(endless)).await;
    assert_eq!(answer.problem(), (400, "invalid-content-encoding".into()));
}

#[tokio::test]
async fn windows_that_would_take_too_much_memory_are_refused() {
    // A frame that wants a window of 16 MiB.
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x70, 0x01, 0x00, 0x00];
    let fitting = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68, 0x01, 0x00, 0x00];
    assert_eq!(send("/", &["zstd"], zstd.to_vec()).await.problem().0, 400);
    assert_eq!(send("/", &["zstd"], fitting.to_vec()).await.status(), 200);
    let mut large = Vec::new();
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: 4, lgwin: 26, large_window: true, ..Default::default() };
    brotli::BrotliCompress(&mut &*text(), &mut large, &parameters).unwrap();
    assert_eq!(send("/", &["br"], large).await.problem().0, 400);
}

#[test]
fn refuses_settings_that_make_no_sense() {
    let error = DecompressLayer::new(&Config { max_ratio: 0, ..Config::default() }).unwrap_err();
    assert!(error.to_string().contains("`http.decompression.max_ratio`"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn content_that_comes_in_any_pieces_is_the_same_in_the_end(
        words in proptest::collection::vec("[a-f]{1,9} |\\PC{1,5}", 0..300),
        repeat in 1_usize..20,
        cuts in proptest::collection::vec(1_usize..3_000, 0..30),
    ) {
        let content = Bytes::from(words.concat().repeat(repeat));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for coding in Coding::ALL {
            let mut rest = Bytes::from(encoded(coding, &content));
            let mut pieces: Vec<_> = cuts.iter().map(|cut| rest.split_to((*cut).min(rest.len()))).collect();
            pieces.push(rest);
            let body = body_of(pieces.into_iter());
            let answer = runtime.block_on(send_by(&Config::default(), "/", &[coding.name()], body));
            prop_assert_eq!((answer.status(), &answer.1), (200, &content));
        }
    }

    #[test]
    fn nothing_that_is_sent_does_harm(
        coding in prop_oneof![Just(Coding::Gzip), Just(Coding::Brotli), Just(Coding::Zstd)],
        start in 0_usize..40,
        noise in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut body = encoded(coding, &text());
        body.truncate(start);
        body.extend(noise);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(send("/", &[coding.name()], body));
        prop_assert!([200, 203, 400, 413].contains(&answer.status()), "{}", answer.status());
    }
}
