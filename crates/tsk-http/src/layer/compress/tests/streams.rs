//! Content that is compressed as it is sent.

use std::task::Waker;

use proptest::prelude::*;

use super::*;
use crate::layer::compress::{body, encoder, pool};

/// A body that gives these frames; `None` is that it has nothing for now.
struct Frames(std::vec::IntoIter<Option<Frame<Bytes>>>);

impl Frames {
    fn of(pieces: impl IntoIterator<Item = Option<Frame<Bytes>>>) -> Body {
        Body::new(Self(pieces.into_iter().collect::<Vec<_>>().into_iter()))
    }
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.0.next() {
            Some(Some(frame)) => Poll::Ready(Some(Ok(frame))),
            Some(None) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }
}

fn piece(data: impl Into<Bytes>) -> Option<Frame<Bytes>> {
    Some(Frame::data(data.into()))
}

fn stream(body: impl Fn() -> Body) -> impl Fn() -> Response<Body> {
    move || ([(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))], body()).into_response()
}

#[tokio::test]
async fn every_event_comes_out_when_it_has_gone_in() {
    for coding in Coding::ALL {
        let accept = format!("accept-encoding: {}", coding.name());
        let events = ["data: one\n\n", "data: two\n\n", "data: three\n\n"];
        let body = || Frames::of(events.iter().flat_map(|event| [piece(*event), None]));
        let mut body = ask("GET", &[&accept], stream(body)).await.into_body();
        let mut encoded = Vec::new();
        for (at, event) in events.iter().enumerate() {
            encoded.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
            assert_eq!(partly_decoded(coding, &encoded), events[..=at].concat(), "{coding:?} {event}");
        }
        encoded.extend(body.collect().await.unwrap().to_bytes());
        assert_eq!(partly_decoded(coding, &encoded), events.concat());
    }
}

/// What a client can read of a stream that is still open.
fn partly_decoded(coding: Coding, mut encoded: &[u8]) -> String {
    let mut content = vec![0; 1_000];
    let mut length = 0;
    let mut read = |mut reader: Box<dyn Read + '_>| {
        while let Ok(read @ 1..) = reader.read(&mut content[length..]) {
            length += read;
        }
    };
    match coding {
        Coding::Gzip => read(Box::new(flate2::bufread::GzDecoder::new(&mut encoded))),
        Coding::Brotli => read(Box::new(brotli::Decompressor::new(&mut encoded, 4096))),
        Coding::Zstd => {
            let mut context = zstd_safe::DCtx::create();
            let mut output = zstd_safe::OutBuffer::around(&mut content[..]);
            context.decompress_stream(&mut output, &mut zstd_safe::InBuffer::around(encoded)).unwrap();
            length = output.pos();
        }
    }
    content.truncate(length);
    String::from_utf8(content).unwrap()
}

#[tokio::test]
async fn trailers_and_errors_come_after_the_content() {
    let trailers =
        HeaderMap::from_iter([(HeaderName::from_static("checksum"), HeaderValue::from_static("1"))]);
    let expected = trailers.clone();
    let body = move || Frames::of([piece(long()), Some(Frame::trailers(trailers.clone()))]);
    let collected = ask("GET", GZIP, stream(body)).await.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers(), Some(&expected));
    assert_eq!(decoded(Coding::Gzip, &collected.to_bytes()), long().as_bytes());

    struct Broken;
    impl futures_core::Stream for Broken {
        type Item = Result<Frame<Bytes>, BoxError>;
        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(Some(Err("broken".into())))
        }
    }
    let body = || Body::new(http_body_util::StreamBody::new(Broken));
    let mut body = ask("GET", GZIP, stream(body)).await.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap_err().to_string(), "broken");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_large_answer_leaves_others_their_turn() {
    const LENGTH: usize = 8 << 20;
    let answer = || "0123456789abcdef".repeat(LENGTH / 16).into_response();
    let mut body = ask("GET", GZIP, answer).await.into_body();
    let mut cx = Context::from_waker(Waker::noop());
    let mut turns = 0;
    loop {
        match Pin::new(&mut body).poll_frame(&mut cx) {
            Poll::Pending => turns += 1,
            Poll::Ready(Some(frame)) => assert!(frame.unwrap().into_data().unwrap().len() < 64 << 10),
            Poll::Ready(None) => break,
        }
    }
    assert_eq!(turns, LENGTH / (64 << 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn content_cut_in_any_pieces_is_the_same_in_the_end(
        words in proptest::collection::vec("[a-f]{1,9} |[ -~]{1,40}|\\PC{1,5}", 0..400),
        repeat in 1_usize..40,
        cuts in proptest::collection::vec((1_usize..40_000, any::<bool>()), 0..30),
    ) {
        let content = Bytes::from(words.concat().repeat(repeat));
        let mut rest = content.clone();
        let mut pieces = Vec::new();
        for (cut, waits) in cuts {
            pieces.push(piece(rest.split_to(cut.min(rest.len()))));
            pieces.extend(waits.then_some(None));
        }
        pieces.push(piece(rest));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for coding in Coding::ALL {
            let layer = CompressLayer::new(&Config::default()).unwrap();
            // The second has its encoder from the first, or from the answer that was given up half-way.
            for _ in 0..2 {
                let mut given_up = pool::Lease::new(&layer.settings, coding, None).unwrap();
                given_up.encode(b"half an answer", encoder::Operation::Run, &mut Vec::new()).unwrap();
                drop(given_up);
                let frames = pieces.iter().map(|frame| {
                    frame.as_ref().map(|frame| Frame::data(frame.data_ref().unwrap().clone()))
                });
                let lease = pool::Lease::new(&layer.settings, coding, None).unwrap();
                let body = body::Compressed::new(Frames::of(frames), lease);
                let encoded = runtime.block_on(Body::new(body).collect()).unwrap().to_bytes();
                prop_assert_eq!(decoded(coding, &encoded), &content[..]);
            }
        }
    }
}
