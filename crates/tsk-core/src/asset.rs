//! Files that a component brings along: a page, its scripts, its style, a document.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use xxhash_rust::xxh3::xxh3_128;

use crate::{Body, IntoResponse as _, Problem};

/// A file of a component, with the headers that it is given with. A clone is of the same bytes.
///
/// It has a strong entity tag, made once, of its bytes. By default it is given with `cache-control: no-cache`, as it may change
/// with the next version of the program, and there is its tag to ask with; and with `x-content-type-options: nosniff`.
///
/// ```
/// use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
/// use tsk_core::Asset;
///
/// let style = Asset::new(Asset::STYLE, "body { margin: 0 }");
/// let first = style.answer(&Method::GET, &HeaderMap::new());
///
/// let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone())]);
/// assert_eq!(style.answer(&Method::GET, &again).status(), StatusCode::NOT_MODIFIED);
/// ```
#[derive(Debug, Clone)]
pub struct Asset {
    content: Bytes,
    media_type: HeaderValue,
    /// Of a 304 as well.
    headers: HeaderMap,
}

impl Asset {
    /// The media type of a page.
    pub const PAGE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
    /// The media type of a script.
    pub const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
    /// The media type of a style.
    pub const STYLE: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");

    /// A file of that media type.
    pub fn new(media_type: HeaderValue, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let tag = format!("\"{:032x}\"", xxh3_128(&content));
        let tag = HeaderValue::try_from(tag).expect("quotes and digits are fit for a header");
        let headers = HeaderMap::from_iter([
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::ETAG, tag),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ]);
        Self { content, media_type, headers }
    }

    /// Gives it with that header too, in the place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Its bytes.
    pub fn content(&self) -> &Bytes {
        &self.content
    }

    /// The answer to a request with that method and those headers: the file to GET, the same without its bytes to HEAD, 304 to
    /// either of a client that has it already (RFC 9110 §15.4.5), and 405 to any other method.
    pub fn answer(&self, method: &Method, request: &HeaderMap) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            let allow = HeaderValue::from_static("GET, HEAD");
            return Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow).into_response();
        }
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.headers.clone();
        if self.is_known(request) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, self.media_type.clone());
        response.headers_mut().insert(header::CONTENT_LENGTH, self.content.len().into());
        if method == Method::GET {
            *response.body_mut() = self.content.clone().into();
        }
        response
    }

    /// Whether one of the tags that a client has is this one, by the weak comparison of `If-None-Match` (RFC 9110 §13.1.2). No tag
    /// of an asset has a comma in it, so that a list may be split at each.
    fn is_known(&self, request: &HeaderMap) -> bool {
        let lists = request.get_all(header::IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
        let mut tags = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let own = self.headers[header::ETAG].as_bytes();
        tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == own)
    }
}

#[cfg(test)]
mod tests;
