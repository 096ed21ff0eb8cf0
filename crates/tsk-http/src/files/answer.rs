//! Responses.

use std::io;

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use rustix::io::Errno;
use tsk_core::{Body, Problem, respond};

use super::{
    body::FileBody,
    cache::NO_CACHE,
    lookup::{Content, Extent, Found, Representation},
    open,
};

pub(super) fn found(found: Found) -> Response<Body> {
    match found {
        Found::Content(it) => content(it),
        Found::NotModified(representation) => {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            representation.write(response.headers_mut());
            response
        }
        Found::PreconditionFailed => Problem::new(StatusCode::PRECONDITION_FAILED).into(),
        Found::Unsatisfiable(len) => {
            let mut response: Response<Body> = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE).into();
            response.headers_mut().insert(header::CONTENT_RANGE, value(format!("bytes */{len}")));
            response
        }
        Found::Elsewhere(location) => {
            let mut response = empty(StatusCode::PERMANENT_REDIRECT);
            response.headers_mut().insert(header::LOCATION, value(location));
            response
        }
        Found::Listing(page) => listing(page),
        Found::NoPage => {
            let mut response = not_found();
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
            response
        }
    }
}

fn content(content: Content) -> Response<Body> {
    let Content { representation, extent, sent, first, reader } = content;
    let body = if reader.left() == 0 { Body::from(first) } else { Body::new(FileBody::new(first, reader)) };
    let mut response = respond::response(representation.media_type.clone(), body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, sent.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = representation.coding {
        headers.insert(header::CONTENT_ENCODING, coding.header_value());
    }
    representation.write(headers);
    let is_whole = matches!(extent, Extent::Whole);
    match extent {
        Extent::Whole => {}
        Extent::Part { range, len } => {
            let value = value(format!("bytes {}-{}/{len}", range.start, range.end - 1));
            headers.insert(header::CONTENT_RANGE, value);
        }
        Extent::Parts(media_type) => {
            headers.insert(header::CONTENT_TYPE, media_type);
        }
    }
    if !is_whole {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

impl Representation {
    /// What a 304 has as well as a 200 (RFC 9110 §15.4.5).
    fn write(&self, headers: &mut HeaderMap) {
        self.validators.write(headers);
        headers.insert(header::CACHE_CONTROL, self.cache.clone());
        let vary = match (self.varies_by_coding, self.is_fallback) {
            (false, false) => return,
            (true, false) => "accept-encoding",
            (false, true) => "accept",
            (true, true) => "accept, accept-encoding",
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
    }
}

/// A page that runs nothing and loads nothing, whatever the names in it.
fn listing(page: String) -> Response<Body> {
    let mut response = respond::response(HeaderValue::from_static("text/html; charset=utf-8"), page.into());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(LISTING_POLICY));
    response
}

const LISTING_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn not_found() -> Response<Body> {
    Problem::new(StatusCode::NOT_FOUND).into()
}

pub(super) fn wrong_method() -> Response<Body> {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED)
        .header(header::ALLOW, HeaderValue::from_static("GET, HEAD"))
        .into()
}

/// A file that cannot be had. What the process may not read is 403, as with other servers: whoever runs it put it
/// there to be read, and 404 would send them looking in the wrong place.
pub(super) fn failed(error: io::Error) -> Response<Body> {
    match Errno::from_io_error(&error) {
        _ if open::is_missing(&error) => not_found(),
        Some(Errno::ACCESS | Errno::PERM) => Problem::new(StatusCode::FORBIDDEN).with_source(error).into(),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_source(error).into()
        }
        _ => Problem::internal(error).into(),
    }
}

/// The answer to a HEAD: what a GET would have, but for the content.
pub(super) fn without_content(mut response: Response<Body>) -> Response<Body> {
    let len = http_body::Body::size_hint(response.body()).exact();
    *response.body_mut() = Body::empty();
    if let Some(len) = len {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| len.into());
    }
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Of numbers and of escaped text, which a header can always carry.
fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("visible ASCII is valid in a header")
}
