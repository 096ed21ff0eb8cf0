//! What a request asks of the state of a file: preconditions (RFC 9110 §13) and ranges (§14).

use std::{num::NonZeroUsize, ops::Range, time::SystemTime};

use http::{HeaderMap, HeaderName, header};
use http_range_header::{ParsedRanges, parse_range_header_with_max_ranges};

use super::validators::Validators;

/// The conditions of a request, copied out of it.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    if_match: Option<Tags>,
    if_unmodified_since: Option<SystemTime>,
    if_none_match: Option<Tags>,
    if_modified_since: Option<SystemTime>,
    range: Option<ParsedRanges>,
    if_range: Option<IfRange>,
}

/// What to answer with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Whole,
    /// Never empty.
    Part(Range<u64>),
    NotModified,
    PreconditionFailed,
    Unsatisfiable,
}

impl Conditions {
    /// Reads them from a head. What is malformed is treated as the RFC has it: a date or a range is as if it were not
    /// there, and a list of tags matches nothing from where it is malformed.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            if_match: Tags::of(headers, header::IF_MATCH),
            if_unmodified_since: date(headers, header::IF_UNMODIFIED_SINCE),
            if_none_match: Tags::of(headers, header::IF_NONE_MATCH),
            if_modified_since: date(headers, header::IF_MODIFIED_SINCE),
            range: range(headers),
            if_range: IfRange::of(headers),
        }
    }

    /// Weighs them against a file, in the order of RFC 9110 §13.2.2. Ranges are defined for GET alone.
    pub(super) fn judge(&self, validators: Option<&Validators>, len: u64, is_head: bool) -> Verdict {
        if let Some(tags) = &self.if_match {
            if !tags.any(|tag| validators.is_some_and(|validators| validators.matches_strongly(tag))) {
                return Verdict::PreconditionFailed;
            }
        } else if is_modified_since(validators, self.if_unmodified_since) == Some(true) {
            return Verdict::PreconditionFailed;
        }
        if let Some(tags) = &self.if_none_match {
            if tags.any(|tag| validators.is_some_and(|validators| validators.matches_weakly(tag))) {
                return Verdict::NotModified;
            }
        } else if is_modified_since(validators, self.if_modified_since) == Some(false) {
            return Verdict::NotModified;
        }
        match &self.range {
            Some(range) if !is_head && self.if_range.as_ref().is_none_or(|it| it.holds(validators)) => {
                select(range, len)
            }
            _ => Verdict::Whole,
        }
    }
}

/// `None` where either time is unknown: the condition is then ignored.
fn is_modified_since(validators: Option<&Validators>, date: Option<SystemTime>) -> Option<bool> {
    Some(validators?.is_modified_since(date?))
}

/// A list of entity tags, or `*`.
#[derive(Debug)]
struct Tags(Box<[u8]>);

impl Tags {
    fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter().map(|value| value.as_bytes());
        let mut list = lines.next()?.to_vec();
        for line in lines {
            list.push(b',');
            list.extend_from_slice(line);
        }
        Some(Self(list.into()))
    }

    /// Whether one of the tags matches. `*` does, because there is a file.
    fn any(&self, matches: impl Fn(&[u8]) -> bool) -> bool {
        let mut rest = self.0.trim_ascii();
        if rest == b"*" {
            return true;
        }
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

/// What must hold for a range to be honoured.
#[derive(Debug)]
enum IfRange {
    Tag(Box<[u8]>),
    Date(SystemTime),
    /// Neither, or more than one.
    Malformed,
}

impl IfRange {
    fn of(headers: &HeaderMap) -> Option<Self> {
        headers.contains_key(header::IF_RANGE).then(|| match only(headers, header::IF_RANGE) {
            Some(tag) if tag_len(tag) == Some(tag.len()) => Self::Tag(tag.into()),
            _ => date(headers, header::IF_RANGE).map_or(Self::Malformed, Self::Date),
        })
    }

    fn holds(&self, validators: Option<&Validators>) -> bool {
        validators.is_some_and(|validators| match self {
            Self::Tag(tag) => validators.matches_strongly(tag),
            Self::Date(date) => validators.is_date(*date),
            Self::Malformed => false,
        })
    }
}

/// The value of a field that may occur once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&[u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(str::from_utf8(only(headers, name)?).ok()?).ok()
}

/// A range, if it is one, of bytes, and well-formed. Several are answered with the whole file (RFC 9110 §14.2).
fn range(headers: &HeaderMap) -> Option<ParsedRanges> {
    let value = str::from_utf8(only(headers, header::RANGE)?).ok()?;
    parse_range_header_with_max_ranges(value, NonZeroUsize::MIN).ok()
}

fn select(range: &ParsedRanges, len: u64) -> Verdict {
    match range.validate(len).as_deref() {
        Ok([part]) => Verdict::Part(*part.start()..*part.end() + 1),
        // The last bytes of an empty file, which are all of it.
        Ok(_) => Verdict::Whole,
        Err(_) => Verdict::Unsatisfiable,
    }
}
