#![allow(clippy::unwrap_used)]

use http::Request;
use proptest::prelude::*;
use tsk_core::IntoResponse;

use super::*;
use crate::{Router, get, testing::Client};

fn sent(fields: &[&[u8]]) -> Cookies {
    let mut request = Request::new(());
    for field in fields {
        request.headers_mut().append("cookie", HeaderValue::from_bytes(field).unwrap());
    }
    let (mut parts, ()) = request.into_parts();
    let Ok(cookies) = Cookies::from_parts(&mut parts);
    cookies
}

/// What a client would be sent.
fn written(cookies: &Cookies) -> Vec<String> {
    cookies.context.take_cookies().iter().map(|it| it.to_str().unwrap().to_owned()).collect()
}

#[test]
fn reads_what_browsers_send() {
    let cookies = sent(&[b"a=1; b=x=y;c=\"q\";  d = e ; ;flag; =f", b"g=%C3%A4%20;h=%zz;i=%ff;a=2;j="]);
    let all: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = ["a=1", "b=x=y", "c=\"q\"", "d=e", "=flag", "=f", "g=ä ", "h=%zz", "i=%ff", "a=2", "j="];
    assert_eq!(all, expected);
    assert_eq!(cookies.get("a").unwrap(), "1", "the first is the one of the longest path");
    assert_eq!(cookies.get("A"), None);
    assert_eq!(sent(&[]).iter().count(), 0);
}

#[test]
fn what_is_not_text_spoils_no_other_cookie_and_many_are_bounded() {
    assert_eq!(sent(&[b"a=\xff\xfe; b=2"]).get("b").unwrap(), "2");
    let many = "a=b;".repeat(10_000);
    assert_eq!(sent(&[many.as_bytes()]).iter().count(), 256);
}

#[test]
fn a_cookie_is_safe_unless_it_says_otherwise() {
    let cookies = sent(&[]);
    cookies.set(("a", "1")).unwrap();
    let lax = Cookie::build(("b", "2")).http_only(false).secure(false).same_site(SameSite::Strict).path("/b");
    cookies.set(lax.max_age(time::Duration::minutes(1)).domain("example.org")).unwrap();
    cookies.set(host("session", "3")).unwrap();
    assert_eq!(
        written(&cookies),
        [
            "a=1; HttpOnly; SameSite=Lax; Secure; Path=/",
            "b=2; SameSite=Strict; Path=/b; Domain=example.org; Max-Age=60",
            "__Host-session=3; HttpOnly; SameSite=Lax; Secure; Path=/",
        ]
    );
}

#[test]
fn a_removal_is_of_the_same_name_and_path() {
    let cookies = sent(&[]);
    cookies.remove("a").unwrap();
    cookies.remove(Cookie::build(("b", "2")).path("/b")).unwrap();
    cookies.remove(host("session", "")).unwrap();
    let written = written(&cookies);
    for (value, start) in written.iter().zip([
        "a=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=",
        "b=; HttpOnly; SameSite=Lax; Secure; Path=/b; Max-Age=0; Expires=",
        "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=",
    ]) {
        assert!(value.starts_with(start), "{value}");
    }
}

#[test]
fn what_browsers_would_pass_over_is_an_error() {
    let cookies = sent(&[]);
    let long = "x".repeat(4096);
    for (cookie, reason) in [
        (Cookie::new("", "1"), "name"),
        (Cookie::new("a b", "1"), "name"),
        (Cookie::new("a=b", "1"), "name"),
        (Cookie::new("a;b", "1"), "name"),
        (Cookie::new("a\r\nb", "1"), "name"),
        (Cookie::new("ä", "1"), "name"),
        (Cookie::new("a", long), "4,096"),
        (Cookie::build(("a", "1")).path("b").build(), "path"),
        (Cookie::build(("a", "1")).path("/;Domain=example.org").build(), "path"),
        (Cookie::build(("a", "1")).path("/\r\nx: y").build(), "path"),
        (Cookie::build(("a", "1")).domain("example.org;HttpOnly").build(), "domain"),
        (Cookie::build(("a", "1")).secure(false).same_site(SameSite::None).build(), "SameSite=None"),
        (Cookie::build(("__Secure-a", "1")).secure(false).build(), "Secure"),
        (host("a", "1").secure(false).build(), "Secure"),
        (Cookie::build(("__host-a", "1")).path("/b").build(), "__Host-"),
        (host("a", "1").domain("example.org").build(), "__Host-"),
    ] {
        let error = cookies.set(cookie.clone()).unwrap_err().to_string();
        assert!(error.contains(reason), "{cookie}: {error}");
    }
    assert!(written(&cookies).is_empty());
    let problem = Problem::from(cookies.set(("", "secret")).unwrap_err());
    assert_eq!(problem.into_response().status(), 500);
}

#[tokio::test]
async fn cookies_go_out_with_whatever_answer() {
    let routes = Router::new().route(get("/", |cookies: Cookies| async move {
        cookies.set(("a", "1"))?;
        cookies.set(("b", "2"))?;
        Err::<(), _>(Problem::new(http::StatusCode::IM_A_TEAPOT))
    }));
    let response = Client::of(&routes.build().unwrap()).get("/").await;
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
}

#[test]
fn what_is_logged_has_no_values() {
    assert_eq!(format!("{:?}", sent(&[b"a=secret; b=hidden"])), r#"{"a", "b"}"#);
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(value in "(\\PC|[\r\n\0;,%\"\\\\= ]){0,20}") {
        let cookies = sent(&[]);
        cookies.set(("name", value.clone())).unwrap();
        let written = written(&cookies).remove(0);
        let pair = written.split(';').next().unwrap();
        let back = sent(&[pair.as_bytes()]);
        prop_assert_eq!(back.get("name").unwrap(), value);
    }

    #[test]
    fn nothing_whatever_is_too_much(garbage in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(value) = HeaderValue::from_bytes(&garbage) {
            sent(&[value.as_bytes()]).iter().for_each(drop);
        }
    }
}
