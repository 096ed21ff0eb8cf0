//! HTML.

use http::{HeaderValue, Response};
use tsk_core::{Body, IntoResponse, respond};

/// A page: 200, `text/html; charset=utf-8`.
///
/// What is in it goes out as it is. Text that came from a client has to be escaped by whoever writes the page.
///
/// ```
/// use tsk_http::{Html, get};
///
/// let route = get("/", || async { Html("<!doctype html><title>Shop</title><h1>Open</h1>") });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

impl<T: Into<Body>> IntoResponse for Html<T> {
    fn into_response(self) -> Response<Body> {
        respond::response(HTML, self.0.into())
    }
}
