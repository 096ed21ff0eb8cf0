//! Methods and versions that have a label of their own.

use http::{Method, Version};

/// The methods of RFC 9110 and RFC 5789, and one for all others: a client can make up as many as it likes.
pub(crate) const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "_OTHER"];

/// The position of a method among [`METHODS`].
#[inline]
pub(crate) fn index(method: &Method) -> u8 {
    if *method == Method::GET { 0 } else { index_of_others(method) }
}

/// Out of line, so that most requests need no table.
#[inline(never)]
fn index_of_others(method: &Method) -> u8 {
    match *method {
        Method::HEAD => 1,
        Method::POST => 2,
        Method::PUT => 3,
        Method::PATCH => 4,
        Method::DELETE => 5,
        Method::OPTIONS => 6,
        Method::CONNECT => 7,
        Method::TRACE => 8,
        _ => 9,
    }
}

/// Whether the content of a request by it means anything: that of GET and HEAD does not (RFC 9110 §9.3.1, §9.3.2).
#[inline]
pub(crate) fn has_content(index: u8) -> bool {
    index > 1
}

/// A method as its label has it.
pub(crate) fn label(method: &Method) -> &'static str {
    METHODS[index(method) as usize]
}

/// The versions, as `network.protocol.version` has them.
pub(crate) const VERSIONS: [&str; 5] = ["1.1", "2", "1.0", "3", "0.9"];

/// The position of a version among [`VERSIONS`].
#[inline]
pub(crate) fn version_index(version: Version) -> usize {
    match version {
        Version::HTTP_2 => 1,
        Version::HTTP_10 => 2,
        Version::HTTP_3 => 3,
        Version::HTTP_09 => 4,
        _ => 0,
    }
}
