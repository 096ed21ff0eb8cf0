//! Bodies: what no page of another site can send without asking, and no more than there is room for.

use std::{convert::Infallible, sync::atomic::Ordering};

use bytes::Bytes;
use bytesize::ByteSize;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{Full, StreamBody};
use juniper::futures::stream;
use tower_service::Service as _;
use tsk_graphql::Config;

use crate::{
    client::{posted, send},
    library::{graphql, library},
};

#[tokio::test]
async fn a_form_of_another_site_runs_nothing() {
    let (graphql, library) = library();
    let body = r#"{"query":"mutation { write(title: \"x\") }"}"#;
    // What a form, or a script that asks nobody, can send: the Fetch Standard's CORS-safelisted media types, and none.
    for media in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("text/plain; application/json"),
        Some("application/graphql"),
        Some("application/json; charset=utf-16"),
    ] {
        let mut request = posted(body);
        match media {
            Some(media) => {
                request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media))
            }
            None => request.headers_mut().remove(header::CONTENT_TYPE),
        };
        assert_eq!(send(&graphql, request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media:?}");
    }
    let mut twice = posted(body);
    twice.headers_mut().append(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    assert_eq!(send(&graphql, twice).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(library.written.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn json_is_taken_with_its_charset() {
    for media in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        let mut request = posted(r#"{"query":"{ hello }"}"#);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        assert_eq!(send(&graphql(), request).await.status, StatusCode::OK, "{media}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read_to_its_end() {
    let config = Config { body: ByteSize(64), ..Config::default() };
    let graphql = graphql().config(&config).unwrap();
    let fits = format!("{:64}", r#"{"query":"{ hello }"}"#);
    assert_eq!(send(&graphql, posted(fits.clone())).await.status, StatusCode::OK);
    assert_eq!(send(&graphql, posted(fits + " ")).await.status, StatusCode::PAYLOAD_TOO_LARGE);

    // One that does not say its length, and never ends.
    let endless =
        stream::repeat_with(|| Ok::<_, Infallible>(http_body::Frame::data(Bytes::from_static(b" "))));
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let response = graphql.clone().call(request.body(StreamBody::new(endless)).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_in_pieces_is_put_together() {
    let pieces = [r#"{"query":"#, r#""{ hello"#, r#" }"}"#]
        .map(|piece| Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(piece))));
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let response =
        graphql().call(request.body(StreamBody::new(stream::iter(pieces))).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_no_request() {
    let answer = send(&graphql(), posted(&b"{\"query\":\"{ hello(name: \\\"\xff\\\") }\"}"[..])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let bom = Full::from("\u{feff}{\"query\":\"{ hello }\"}");
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json").body(bom).unwrap();
    assert_eq!(send(&graphql(), request).await.status, StatusCode::BAD_REQUEST);
}
