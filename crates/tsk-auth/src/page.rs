//! Pages for browsers, without script: they ask no other host for anything.

use std::fmt::Write as _;

use data_encoding::BASE64;
use http::{HeaderValue, Response, StatusCode, header};
use ring::digest;
use tsk_core::Body;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:20rem;margin:4rem auto;padding:0 1rem}\
label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}\
input,button{padding:.5rem;margin:.25rem 0 1rem}\
[role=alert]{border-left:.25rem solid #b00;padding-left:.75rem}";

/// A page as far as its heading.
pub(crate) fn begin(title: &str, heading: &str) -> String {
    let mut page = String::from("<!doctype html><html lang=en><meta charset=utf-8>");
    page.push_str("<meta name=viewport content=\"width=device-width\"><title>");
    escape(&mut page, title);
    let _ = write!(page, "</title><style>{STYLE}</style><main><h1>");
    escape(&mut page, heading);
    page.push_str("</h1>");
    page
}

pub(crate) fn end(page: &mut String) {
    page.push_str("</main></html>");
}

pub(crate) fn attribute(page: &mut String, name: &str, value: &str) {
    let _ = write!(page, " {name}=\"");
    escape(page, value);
    page.push('"');
}

fn escape(page: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            _ => page.push(character),
        }
    }
}

/// The answer that shows a page. It runs nothing, loads nothing, is in no frame, and sends to this service alone, or to that
/// origin also.
pub(crate) fn answer(status: StatusCode, page: String, also: Option<&str>) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    response.headers_mut().extend([
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy(also)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // With `no-referrer` a browser that does not know `Sec-Fetch-Site` sends `Origin: null`.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ]);
    response
}

fn policy(also: Option<&str>) -> HeaderValue {
    let hash = BASE64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref());
    let (space, also) = also.map_or(("", ""), |origin| (" ", origin));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'{space}{also}; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    HeaderValue::try_from(policy).expect("base 64 and an origin can stand in a header")
}
