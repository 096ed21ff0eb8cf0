#![allow(clippy::unwrap_used)]

use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use proptest::prelude::*;
use serde_json::json;

use super::{super::tests::Pieces, *};
use crate::{
    Router, Routes,
    extract::{TOO_LARGE, UNSUPPORTED_MEDIA_TYPE},
    post,
    testing::{Answer, send},
};

const PHOTO: &str = "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nAt sea\r\n\
    --x\r\ncontent-disposition: form-data; name=photo; filename=\"C:\\dir\\a \\\"b\\\".png\"\r\n\
    Content-Type: image/png\r\n\r\n\r\n--\r\n--y\r\n--x--\r\n";

/// Lists the parts as they are read.
async fn list(form: Multipart) -> Result<String, Problem> {
    let (mut form, mut list) = (form.part_limit(100).parts_limit(3).head_limit(200), String::new());
    while let Some(field) = form.next_field().await? {
        list += &format!("{}/{:?}/{:?}=", field.name(), field.file_name(), field.content_type());
        list += &format!("{:?};", field.text().await?);
    }
    Ok(list)
}

fn routes() -> Routes {
    Router::new().route(post("/", list).body_limit(2_000)).build().unwrap()
}

async fn answer_of(media_type: &str, pieces: Vec<Result<&[u8], &'static str>>) -> Answer {
    let frame = |piece: Result<&[u8], _>| {
        piece.map(|bytes| Frame::data(Bytes::copy_from_slice(bytes))).map_err(std::io::Error::other)
    };
    let body = StreamBody::new(Pieces(pieces.into_iter().map(frame).collect()));
    send(&routes(), Request::post("/").header("content-type", media_type).body(body).unwrap()).await
}

async fn answer(body: &str) -> Answer {
    answer_of("multipart/form-data; boundary=x", vec![Ok(body.as_bytes())]).await
}

fn part(name: &str, content: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

#[tokio::test]
async fn a_form_is_read_part_by_part() {
    let expected = "title/None/None=\"At sea\";photo/Some(\"a \\\"b\\\".png\")/Some(\"image/png\")=\"\\r\\n--\\r\\n--y\";";
    assert_eq!(answer(PHOTO).await.body, expected);
    let around = format!("preamble\r\n--\r\n{PHOTO}--x\r\nepilogue");
    assert_eq!(answer(&around).await.body, expected);
    assert_eq!(answer("--x--").await.body, "");
    assert_eq!(
        answer(&format!("{}--x  \r\n{}--x--", part("a", ""), &part("b", "2")[5..])).await.body,
        "a/None/None=\"\";b/None/None=\"2\";"
    );
}

#[tokio::test]
async fn the_boundary_may_be_quoted() {
    for (media_type, status) in [
        ("multipart/form-data; boundary=x", 200),
        ("Multipart/Form-Data; charset=utf-8 ;BOUNDARY=\"x\"", 200),
        ("multipart/form-data; boundary=y", 400),
        ("multipart/form-data; boundary=\"\"", 400),
        ("multipart/form-data; boundary=x; boundary=y", 400),
        ("multipart/form-data; boundary=\"x", 400),
        ("multipart/form-data; boundary=x\u{e9}", 400),
        ("multipart/form-data", 400),
        ("multipart/mixed; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let answer = answer_of(media_type, vec![Ok(PHOTO.as_bytes())]).await;
        assert_eq!(answer.status(), status, "{media_type}: {}", answer.body);
        let kind = if status == 400 { INVALID_MULTIPART } else { UNSUPPORTED_MEDIA_TYPE };
        assert!(status == 200 || answer.problem()["type"] == kind.uri);
    }
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    assert_eq!(answer_of(&long, vec![Ok(b"")]).await.problem()["type"], INVALID_MULTIPART.uri);
}

#[tokio::test]
async fn a_broken_form_is_a_bad_request() {
    let disposed = |disposition: &str| format!("--x\r\n{disposition}\r\n\r\n\r\n--x--\r\n");
    for (body, reason) in [
        ("".into(), "it ends before its last boundary"),
        ("no boundary".into(), "it ends before its last boundary"),
        ("--x\n".into(), "a boundary is not alone on its line"),
        ("--x-".into(), "it ends before its last boundary"),
        ("--xy--\r\n".into(), "a boundary is not alone on its line"),
        (PHOTO.replace("--x--\r\n", ""), "it ends before its last boundary"),
        ("--x\r\n\r\n\r\n--x--".into(), "a part has no `content-disposition` that can be read"),
        (disposed("content-disposition: form-data"), "a part has no name"),
        (
            disposed("content-disposition: form-data; name=\"a"),
            "a part has no `content-disposition` that can be read",
        ),
        (
            disposed("content-disposition: form-data; name=a; name=b"),
            "a part has no `content-disposition` that can be read",
        ),
        (
            disposed("content-disposition: attachment; name=a"),
            "the `content-disposition` of a part is not `form-data`",
        ),
        (
            disposed("content-disposition: form-data; name=a\r\ncontent-disposition: form-data; name=b"),
            "the header of a part has a field twice",
        ),
        (disposed("content disposition: form-data; name=a"), "the header of a part is malformed"),
        (disposed(&"a: b\r\n".repeat(17)), "the header of a part is malformed"),
    ] {
        let problem = answer(&body).await.problem();
        assert_eq!(
            (&problem["status"], &problem["type"]),
            (&json!(400), &json!(INVALID_MULTIPART.uri)),
            "{body}"
        );
        assert_eq!(problem["detail"], format!("The body is not form data: {reason}."), "{body}");
    }
}

#[tokio::test]
async fn a_client_that_breaks_off_is_told_so() {
    let pieces = vec![Ok(&PHOTO.as_bytes()[..60]), Err("reset")];
    let problem = answer_of("multipart/form-data; boundary=x", pieces).await.problem();
    assert_eq!(
        (&problem["status"], &problem["detail"]),
        (&json!(400), &json!("The body could not be read to its end."))
    );
}

#[tokio::test]
async fn what_is_over_a_limit_is_refused() {
    let form = |parts: &[String]| parts.concat() + "--x--\r\n";
    let tiny = vec![part("a", ""); 30];
    for (body, limit, detail) in [
        (form(&[part("a", &"1".repeat(101))]), 100, "A part of the form may have 100 bytes."),
        (form(&tiny), 3, "The form may have 3 parts."),
        (form(&[part(&"n".repeat(200), "")]), 200, "The header of a part may have 200 bytes."),
        (format!("--x\r\n{}", "a: b\r\n".repeat(200)), 200, "The header of a part may have 200 bytes."),
        (" ".repeat(3_000), 2_000, "The body may have 2000 bytes."),
        (PHOTO.to_owned() + &" ".repeat(3_000), 2_000, "The body may have 2000 bytes."),
    ] {
        let answer = answer(&body).await;
        let problem = answer.problem();
        assert_eq!((&problem["status"], &problem["type"]), (&json!(413), &json!(TOO_LARGE.uri)), "{problem}");
        assert_eq!((&problem["limit"], &problem["detail"]), (&json!(limit), &json!(detail)));
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(answer(&form(&tiny[..3])).await.status(), 200);
    assert_eq!(answer(&form(&[part("a", &"1".repeat(100))])).await.status(), 200);
}

#[tokio::test]
async fn a_file_name_has_no_directories() {
    for (sent, seen) in [
        ("a.png", Some("a.png")),
        ("../../etc/passwd", Some("passwd")),
        ("..\\..\\boot.ini", Some("boot.ini")),
        ("a/..", None),
        (" . ", None),
        ("", None),
        ("a\u{7f}b", Some("ab")),
    ] {
        let head = format!("content-disposition: form-data; name=f; filename=\"{sent}\"\r\n\r\n");
        let head = Head::parse(head.as_bytes());
        // httparse refuses some control characters itself.
        assert!(
            head.is_err() && sent.contains('\u{7f}') || head.unwrap().file_name.as_deref() == seen,
            "{sent}"
        );
    }
}

#[tokio::test]
async fn text_that_is_no_text_is_pointed_at() {
    let body = [part("a/b", "").trim_end().as_bytes(), b"\r\n\r\n\xff\r\n--x--"].concat();
    let answer = answer_of("multipart/form-data; boundary=x", vec![Ok(&body)]).await;
    assert_eq!(
        answer.problem()["errors"],
        json!([{ "pointer": "/a~1b", "detail": "it must be text in UTF-8" }])
    );
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn what_the_handler_does_not_read_is_passed_over() {
    async fn names(mut form: Multipart) -> Result<String, Problem> {
        let mut names = String::new();
        while let Some(mut field) = form.next_field().await? {
            names += field.name();
            field.chunk().await?;
        }
        // The end stays the end.
        assert!(form.next_field().await?.is_none());
        Ok(names)
    }
    let routes = Router::new().route(post("/", names)).build().unwrap();
    let body = format!("{}{}{}--x--", part("a", &"1".repeat(10_000)), part("b", ""), part("c", "3"));
    let pieces = body
        .as_bytes()
        .chunks(100)
        .map(|piece| Ok::<_, std::io::Error>(Frame::data(Bytes::copy_from_slice(piece))));
    let body = StreamBody::new(Pieces(pieces.collect()));
    let request = Request::post("/").header("content-type", "multipart/form-data; boundary=x").body(body);
    assert_eq!(send(&routes, request.unwrap()).await.body, "abc");
}

#[tokio::test]
async fn nothing_is_read_ahead_of_the_handler() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };
    let taken = Arc::new(AtomicUsize::new(0));
    let body = format!("{}--x--", part("a", &"1".repeat(10_000)));
    let counted = Arc::clone(&taken);
    let pieces: Vec<_> = body.as_bytes().chunks(100).map(Bytes::copy_from_slice).collect();
    let stream = StreamBody::new(Counted(pieces.into_iter(), counted));
    let mut parts = Request::post("/")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(())
        .unwrap()
        .into_parts()
        .0;
    let mut form = Multipart::from_request(&mut parts, Body::new(stream)).await.unwrap();
    assert_eq!(taken.load(Relaxed), 0);
    let mut field = form.next_field().await.unwrap().unwrap();
    assert_eq!(taken.load(Relaxed), 1);
    let mut size = 0;
    for read in 1..=50 {
        size += field.chunk().await.unwrap().unwrap().len();
        assert!(taken.load(Relaxed) <= read, "read ahead");
    }
    assert!(size > 4_000);

    struct Counted(std::vec::IntoIter<Bytes>, Arc<AtomicUsize>);
    impl futures_core::Stream for Counted {
        type Item = Result<Frame<Bytes>, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let next = self.0.next();
            self.1.fetch_add(usize::from(next.is_some()), Relaxed);
            std::task::Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
        }
    }
}

/// What a parser finds in a form that comes in these pieces.
fn parsed(pieces: &[&[u8]]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let mut parser = Parser::new("x");
    let (mut parts, mut pieces) = (Vec::new(), pieces.iter());
    loop {
        match parser.next()? {
            Some(Event::Part(head)) => parts.push((head.name, Vec::new())),
            Some(Event::Data(data)) => parts.last_mut().unwrap().1.extend_from_slice(&data),
            Some(Event::PartEnd) => {}
            Some(Event::End) => return Ok(parts),
            None => match pieces.next() {
                Some(piece) => parser.feed(piece),
                None => parser.finish(),
            },
        }
    }
}

fn forms() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    // Much that looks like a boundary, and is none.
    let content = prop::collection::vec(prop::sample::select(b"\r\n-x\0a".to_vec()), 0..40);
    let content = content.prop_filter("a boundary", |content| {
        let framed = [b"\r\n", &content[..], b"\r\n--"].concat();
        memchr::memmem::find(&framed, b"\r\n--x").is_none()
    });
    prop::collection::vec(("[a-z \u{e9}]{1,5}", content), 0..5)
}

fn written(form: &[(String, Vec<u8>)]) -> Vec<u8> {
    let part = |(name, content): &(String, Vec<u8>)| {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        [head.as_bytes(), content, b"\r\n"].concat()
    };
    [form.iter().map(part).collect::<Vec<_>>().concat(), b"--x--".to_vec()].concat()
}

proptest! {
    #[test]
    fn a_form_is_the_same_however_it_is_cut(form in forms(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let body = written(&form);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len())).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([body.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let pieces: Vec<_> = starts.zip(ends).map(|(start, end)| &body[start..end]).collect();
        prop_assert_eq!(parsed(&pieces), Ok(form.clone()));
        let bytes: Vec<_> = body.chunks(1).collect();
        prop_assert_eq!(parsed(&bytes), Ok(form));
    }

    #[test]
    fn a_form_that_breaks_off_is_never_taken_for_a_whole_one(form in forms(), cut in any::<prop::sample::Index>()) {
        let body = written(&form);
        let cut = &body[..cut.index(body.len())];
        prop_assert!(parsed(&[cut]).is_err());
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), mark in "(--x|\r\n|; |name=|\"|\\\\|=){0,8}") {
        let body = [b"--x\r\nContent-Disposition: form-data; ", mark.as_bytes(), &bytes, b"\r\n\r\n\r\n--x--"].concat();
        let whole = parsed(&[&body]);
        let pieces: Vec<_> = body.chunks(7).collect();
        prop_assert_eq!(parsed(&pieces), whole);
        let _ = parsed(&[&bytes]);
        let _ = parameters::parse(&String::from_utf8_lossy(&bytes));
    }
}
