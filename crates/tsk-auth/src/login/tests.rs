#![allow(clippy::unwrap_used)]

use std::time::Duration;

use data_encoding::BASE64;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use ring::digest;

use super::*;

async fn page(form: Form) -> (Response<()>, String) {
    let (parts, body) = form.into_response().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8(bytes.into()).unwrap())
}

#[tokio::test]
async fn it_runs_nothing_and_asks_nobody_else_for_anything() {
    let (response, page) = page(Form::new("Shop").token("t").next("/orders").action("/login")).await;
    assert_eq!(response.status(), 200);
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    // The hash is that of the style as it stands in the page.
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = BASE64.encode(digest::digest(&digest::SHA256, style.as_bytes()).as_ref());
    assert!(policy.contains(&hash));
    for never in ["<script", "http:", "https:", "//", " style=", "src=", "onclick", "url("] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(page.contains("<input type=hidden name=token value=\"t\">"));
    assert!(page.contains("<form method=post action=\"/login\">"));
}

#[tokio::test]
async fn it_says_why_and_not_which_of_both_is_wrong() {
    for (error, status, after) in [
        (LoginError::Wrong, 401, None),
        (LoginError::TooMany { wait: Duration::from_secs(8) }, 429, Some("8")),
        (LoginError::Busy, 503, Some("1")),
    ] {
        let (response, page) = page(Form::new("Shop").error(error)).await;
        assert_eq!(response.status(), status);
        let said = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(said, after);
        assert!(page.contains("<p role=alert>"));
    }
}

#[test]
fn a_login_leads_nowhere_else() {
    assert_eq!(destination(Some("/orders?page=2"), "/"), "/orders?page=2");
    for elsewhere in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "orders",
        "",
        "/a b",
        "/a\r\nb",
        "/\t/evil.example",
        "/ä",
    ] {
        assert_eq!(destination(Some(elsewhere), "/home"), "/home", "{elsewhere:?}");
    }
    assert_eq!(destination(None, "/home"), "/home");
}

proptest! {
    #[test]
    fn no_text_whatever_leaves_its_place(text in "\\PC{0,40}", markup in "[<>\"'&a/= ]{0,40}") {
        for text in [text, markup] {
            let plain = Form::new("x").name("x").token("x").next("x").html();
            let page = Form::new(&*text).name(&*text).token(&*text).next(&*text).html();
            for mark in ['<', '>', '"'] {
                prop_assert_eq!(page.matches(mark).count(), plain.matches(mark).count());
            }
        }
    }
}

#[test]
fn a_browser_that_is_sent_to_log_in_can_come_back() {
    let sent = |login: &'static str, page: &str| {
        let (login, page) = (HeaderValue::from_static(login), page.parse::<Uri>().unwrap());
        and_back(&login, &page).to_str().unwrap().to_owned()
    };
    assert_eq!(sent("/login", "/orders?page=2&x=a+b"), "/login?next=/orders%3Fpage%3D2%26x%3Da%2Bb");
    assert_eq!(sent("/login?by=form", "/"), "/login?by=form&next=/");
    for elsewhere in ["//evil.example", &format!("/{}", "a".repeat(2048))] {
        assert_eq!(sent("/login", elsewhere), "/login", "{elsewhere}");
    }
}
