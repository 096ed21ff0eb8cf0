//! Several ranges in one answer: `multipart/byteranges` (RFC 9110 §14.6).

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    ops::Range,
};

use bytes::Bytes;
use http::HeaderValue;

use super::body::Segment;

/// A body of several parts.
#[derive(Debug)]
pub(super) struct Multipart {
    /// With the boundary.
    pub(super) media_type: HeaderValue,
    /// What is sent, in that order.
    pub(super) segments: Vec<Segment>,
}

/// The parts of a file of that type and length. There are as few as a request may have ranges.
pub(super) fn of(ranges: Vec<Range<u64>>, media_type: &HeaderValue, len: u64) -> Multipart {
    let boundary = boundary();
    let media_type = media_type.to_str().unwrap_or("application/octet-stream");
    let mut segments = Vec::with_capacity(2 * ranges.len() + 1);
    for range in ranges {
        let newline = if segments.is_empty() { "" } else { "\r\n" };
        let head = format!(
            "{newline}--{boundary}\r\ncontent-type: {media_type}\r\ncontent-range: bytes {}-{}/{len}\r\n\r\n",
            range.start,
            range.end - 1
        );
        segments.push(Segment::Text(head.into()));
        segments.push(Segment::Content(range));
    }
    segments.push(Segment::Text(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    let media_type = HeaderValue::try_from(format!("multipart/byteranges; boundary={boundary}"))
        .expect("hexadecimal digits are valid in a header");
    Multipart { media_type, segments }
}

/// One that nobody who wrote the file can have known: 128 bits of a keyed hash, the key of which no one sees.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
