//! Responses.

use std::io;

use http::{HeaderValue, Response, StatusCode, header};
use rustix::io::Errno;
use tsk_core::{Body, Problem, respond};

use super::{
    body::FileBody,
    lookup::{Content, Found},
};

pub(super) fn found(found: Found) -> Response<Body> {
    match found {
        Found::Content(it) => content(it),
        Found::NotModified(validators) => {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            validators.write(response.headers_mut());
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
    }
}

fn content(content: Content) -> Response<Body> {
    let Content { media_type, validators, len, is_part, range, first, reader } = content;
    let sent = range.end - range.start;
    let body = if reader.is_done() { Body::from(first) } else { Body::new(FileBody::new(first, reader)) };
    let mut response = respond::response(HeaderValue::from_static("application/octet-stream"), body);
    if is_part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CONTENT_LENGTH, sent.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_part {
        let last = range.end - 1;
        headers.insert(header::CONTENT_RANGE, value(format!("bytes {}-{last}/{len}", range.start)));
    }
    validators.write(headers);
    response
}

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
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::ILSEQ) => not_found(),
        Some(Errno::ACCESS | Errno::PERM) => Problem::new(StatusCode::FORBIDDEN).with_source(error).into(),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_source(error).into()
        }
        None if error.kind() == io::ErrorKind::NotFound => not_found(),
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
