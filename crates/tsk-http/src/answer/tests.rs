#![allow(clippy::unwrap_used)]

mod events;
mod file;
mod stream;

use http::{Response, header};
use proptest::prelude::*;
use tsk_core::{Body, IntoResponse};

use super::*;

fn header_of<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[test]
fn a_page_is_html_in_utf_8() {
    let response = Html(String::from("<p>ü")).into_response();
    assert_eq!(header_of(&response, "content-type"), "text/html; charset=utf-8");
    assert_eq!(response.status(), 200);
}

#[test]
fn a_redirect_says_where_and_how() {
    for (redirect, status) in [
        (Redirect::to("/a?b=c#d"), 303),
        (Redirect::temporary("/a?b=c#d"), 307),
        (Redirect::permanent("/a?b=c#d"), 308),
    ] {
        let response = redirect.into_response();
        assert_eq!((response.status().as_u16(), header_of(&response, "location")), (status, "/a?b=c#d"));
    }
    let location = |target: &str| header_of(&Redirect::to(target).into_response(), "location").to_owned();
    assert_eq!(location("https://[::1]/ä b?x=%20\"<>"), "https://[::1]/%C3%A4%20b?x=%20%22%3C%3E");
    assert_eq!(location("/\r\nset-cookie: a=b"), "/%0D%0Aset-cookie:%20a=b");
}

#[test]
fn a_redirect_within_leads_nowhere_else() {
    for target in ["/", "/a//b", "/a?next=https://example.org/", "/ü"] {
        Redirect::within(target).unwrap();
    }
    for target in [
        "",
        "a",
        "//example.org",
        "/\\example.org",
        "/\t/example.org",
        "/\n/example.org",
        "\\\\example.org",
        "https://example.org",
        "https:example.org",
        "javascript:alert(1)",
        " /a",
    ] {
        assert_eq!(Redirect::within(target).unwrap_err().status(), 400, "{target:?}");
    }
}

#[test]
fn an_attachment_has_a_name_for_every_client() {
    for (name, expected) in [
        ("report.csv", "filename=\"report.csv\""),
        ("a b;c.txt", "filename=\"a b;c.txt\""),
        ("Übersicht.csv", "filename=\"_bersicht.csv\"; filename*=UTF-8''%C3%9Cbersicht.csv"),
        ("50%.txt", "filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ("\"a\".txt", "filename=\"_a_.txt\"; filename*=UTF-8''%22a%22.txt"),
        ("../etc/passwd", "filename=\".._etc_passwd\""),
        ("a\r\nset-cookie: b", "filename=\"a__set-cookie: b\""),
        ("", "filename=\"\""),
    ] {
        let response = Attachment::new(name, "text").into_response();
        assert_eq!(header_of(&response, "content-disposition"), format!("attachment; {expected}"));
        assert_eq!(header_of(&response, "content-type"), "text/plain; charset=utf-8");
    }
}

proptest! {
    #[test]
    fn no_text_whatever_leaves_its_header(text in "(\\PC|[\r\n\0\t\"\\\\%;/]){0,20}") {
        let response = Attachment::new(&text, Redirect::to(&text)).into_response();
        for name in [header::LOCATION, header::CONTENT_DISPOSITION] {
            prop_assert!(response.headers()[name].as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')));
        }
        let disposition = header_of(&response, "content-disposition");
        let rest = disposition.strip_prefix("attachment; filename=\"").unwrap();
        let (plain, extended) = rest.split_once('"').unwrap();
        let name = match extended.strip_prefix("; filename*=UTF-8''") {
            Some(encoded) => percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap().into_owned(),
            None => plain.to_owned(),
        };
        prop_assert_eq!(name, text.replace(|c: char| matches!(c, '/' | '\\') || c.is_control(), "_"));
    }
}
