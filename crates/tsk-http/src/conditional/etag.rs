//! Entity tags (RFC 9110 §8.8.3), and lists of them.

use std::{fmt, str::FromStr};

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use xxhash_rust::xxh3::xxh3_128;

/// An entity tag: the name of one state of a resource.
///
/// A strong tag stands for the bytes of an answer, a weak one for its meaning. `==` compares the text of two tags, as
/// neither comparison of the RFC does.
///
/// ```
/// use tsk_http::{ETag, Json, IntoResponse, get};
///
/// let article = get("/article", || async {
///     let version = 7;
///     ([ETag::version(version).into()], Json("what it says"))
/// });
/// assert_eq!(ETag::version(7).to_string(), r#""7""#);
/// assert!(ETag::version(7).weak().weak_eq(&ETag::version(7)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag(HeaderValue);

impl ETag {
    /// A strong tag of the bytes of an answer: 128 bits of their XXH3 hash, the same in every process and version.
    ///
    /// The hash tells accidents apart, not attacks: whoever may choose all of the content can make two with one tag.
    pub fn of(content: impl AsRef<[u8]>) -> Self {
        Self::quoted(format!("\"{:032x}\"", xxh3_128(content.as_ref())))
    }

    /// A strong tag of a version: a number that every change raises, a hash, a time.
    ///
    /// What may not be in a tag is percent-encoded, so that different versions stay different.
    pub fn version(version: impl fmt::Display) -> Self {
        Self::quoted(format!("\"{}\"", utf8_percent_encode(&version.to_string(), ENCODED)))
    }

    /// The same tag as a weak one, for an answer that is not always the same bytes.
    pub fn weak(self) -> Self {
        if self.is_weak() {
            return self;
        }
        let text = [b"W/", self.as_bytes()].concat();
        Self(HeaderValue::try_from(text).expect("it was valid without `W/`"))
    }

    /// Whether it is weak.
    pub fn is_weak(&self) -> bool {
        self.as_bytes().starts_with(b"W/")
    }

    /// Whether both are strong and the same (RFC 9110 §8.8.3.2).
    pub fn strong_eq(&self, other: &Self) -> bool {
        strong_eq(self.as_bytes(), other.as_bytes())
    }

    /// Whether both are the same, strong or weak.
    pub fn weak_eq(&self, other: &Self) -> bool {
        weak_eq(self.as_bytes(), other.as_bytes())
    }

    /// With its quotes, and `W/` before them where it is weak.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn quoted(text: String) -> Self {
        Self(HeaderValue::try_from(text).expect("visible ASCII is valid in a header"))
    }
}

/// What a tag may not have, and what tells that something was encoded.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl From<&ETag> for HeaderValue {
    fn from(tag: &ETag) -> Self {
        tag.0.clone()
    }
}

/// The header field, as an answer takes it: `([tag.into()], answer)`.
impl From<ETag> for (HeaderName, HeaderValue) {
    fn from(tag: ETag) -> Self {
        (http::header::ETAG, tag.0)
    }
}

impl TryFrom<&HeaderValue> for ETag {
    type Error = InvalidETag;

    fn try_from(value: &HeaderValue) -> Result<Self, InvalidETag> {
        let text = value.as_bytes();
        if tag_len(text) == Some(text.len()) { Ok(Self(value.clone())) } else { Err(InvalidETag(())) }
    }
}

impl FromStr for ETag {
    type Err = InvalidETag;

    fn from_str(text: &str) -> Result<Self, InvalidETag> {
        HeaderValue::from_str(text).map_err(|_| InvalidETag(()))?.as_bytes().try_into()
    }
}

impl TryFrom<&[u8]> for ETag {
    type Error = InvalidETag;

    fn try_from(text: &[u8]) -> Result<Self, InvalidETag> {
        let value = HeaderValue::from_bytes(text).map_err(|_| InvalidETag(()))?;
        Self::try_from(&value)
    }
}

/// The text is not an entity tag: `"…"` or `W/"…"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidETag(());

impl fmt::Display for InvalidETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an entity tag, which is written `\"…\"` or `W/\"…\"`")
    }
}

impl std::error::Error for InvalidETag {}

/// A list of entity tags, or `*`, as `If-Match` and `If-None-Match` have it.
#[derive(Debug)]
pub(super) struct Tags(Box<[u8]>);

impl Tags {
    pub(super) fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter().map(|value| value.as_bytes());
        let mut list = lines.next()?.to_vec();
        for line in lines {
            list.push(b',');
            list.extend_from_slice(line);
        }
        Some(Self(list.into()))
    }

    /// Whether it is `*`.
    pub(super) fn is_any(&self) -> bool {
        self.0.trim_ascii() == b"*"
    }

    pub(super) fn has_strongly(&self, tag: &ETag) -> bool {
        self.has(|member| strong_eq(member, tag.as_bytes()))
    }

    pub(super) fn has_weakly(&self, tag: &ETag) -> bool {
        self.has(|member| weak_eq(member, tag.as_bytes()))
    }

    fn has(&self, matches: impl Fn(&[u8]) -> bool) -> bool {
        let mut rest = skip_separators(&self.0);
        // A comma may be part of a tag, so the list is read from quote to quote.
        while let Some(len) = tag_len(rest) {
            let (tag, after) = rest.split_at(len);
            if matches(tag) {
                return true;
            }
            let after = after.trim_ascii_start();
            rest = skip_separators(after);
            if rest.len() == after.len() {
                break;
            }
        }
        false
    }
}

/// The length of the entity tag at the beginning.
fn tag_len(list: &[u8]) -> Option<usize> {
    let opening = if list.starts_with(b"W/") { 2 } else { 0 };
    let inner = list.get(opening..)?.strip_prefix(b"\"")?;
    Some(opening + inner.iter().position(|byte| *byte == b'"')? + 2)
}

/// Skips commas: a list may have empty members (RFC 9110 §5.6.1.2).
fn skip_separators(list: &[u8]) -> &[u8] {
    let end = list.iter().position(|byte| !matches!(byte, b',' | b' ' | b'\t')).unwrap_or(list.len());
    &list[end..]
}

fn strong_eq(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(b"\"") && a == b
}

fn weak_eq(a: &[u8], b: &[u8]) -> bool {
    a.strip_prefix(b"W/").unwrap_or(a) == b.strip_prefix(b"W/").unwrap_or(b)
}
