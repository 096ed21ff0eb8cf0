//! Which answers there are in several codings, and what their heads say then.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body::Body as _;
use tsk_core::Body;

use super::Settings;
use crate::accept::Coding;

/// Digests of the content as it is sent, or as it is encoded (RFC 9530), and their predecessors.
const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

impl Settings {
    /// Whether another client might get this answer in another coding. The commonest reason why not comes first.
    #[inline]
    pub(super) fn is_negotiable(&self, response: &Response<Body>) -> bool {
        self.is_long_enough(response) && self.may_be_encoded(response)
    }

    #[inline]
    fn is_long_enough(&self, response: &Response<Body>) -> bool {
        match response.body().size_hint().exact() {
            // A handler for HEAD says how long the content would be.
            Some(0) => length(response.headers()).is_some_and(|length| length >= self.min_size),
            Some(length) => length >= self.min_size,
            None => true,
        }
    }

    fn may_be_encoded(&self, response: &Response<Body>) -> bool {
        let headers = response.headers();
        has_content(response.status())
            && headers.get(header::CONTENT_TYPE).is_some_and(|it| self.types.contains(it.as_bytes()))
            && !headers.contains_key(header::CONTENT_ENCODING)
            && !headers.contains_key(header::CONTENT_RANGE)
            && !lists(headers, header::CACHE_CONTROL, b"no-transform")
            && !DIGESTS.iter().any(|digest| headers.contains_key(digest))
    }
}

fn has_content(status: StatusCode) -> bool {
    !status.is_informational()
        && !matches!(
            status,
            StatusCode::NO_CONTENT
                | StatusCode::RESET_CONTENT
                | StatusCode::PARTIAL_CONTENT
                | StatusCode::NOT_MODIFIED
        )
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a member of a list is there.
fn lists(headers: &HeaderMap, name: HeaderName, member: &[u8]) -> bool {
    let values = headers.get_all(name).into_iter();
    let mut members = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    members.any(|it| it.trim_ascii().eq_ignore_ascii_case(member))
}

/// Says that the answer depends on `Accept-Encoding`, beside what it depends on already.
pub(super) fn vary(headers: &mut HeaderMap) {
    const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
    if !lists(headers, header::VARY, b"accept-encoding") && !lists(headers, header::VARY, b"*") {
        headers.append(header::VARY, ACCEPT_ENCODING);
    }
}

/// Makes the head that of the encoded answer.
pub(super) fn encoded(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(header::CONTENT_ENCODING, coding.header_value());
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_RANGES);
    weaken(headers);
}

/// What is equal before it is encoded need not be so byte for byte (RFC 9110 §8.8.1).
pub(super) fn weaken(headers: &mut HeaderMap) {
    if let Some(tag) = headers.get_mut(header::ETAG)
        && tag.as_bytes().starts_with(b"\"")
        && let Ok(mut weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        weak.set_sensitive(tag.is_sensitive());
        *tag = weak;
    }
}
