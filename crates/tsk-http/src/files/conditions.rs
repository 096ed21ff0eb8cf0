//! What a request asks of the state of a file: preconditions (RFC 9110 §13) and ranges (§14).

use std::{num::NonZeroUsize, ops::Range, time::SystemTime};

use http::{HeaderMap, Method, header};
use http_range_header::{ParsedRanges, parse_range_header_with_max_ranges};

use crate::conditional::{self, ETag, Preconditions, Validators, date, only};

/// The conditions of a request, copied out of it.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    preconditions: Preconditions,
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
    /// Reads them from the head of a GET or HEAD. A range that is malformed is as if it were not there.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            preconditions: Preconditions::of(&Method::GET, headers),
            range: range(headers),
            if_range: IfRange::of(headers),
        }
    }

    /// Weighs them against a file, in the order of RFC 9110 §13.2.2. Ranges are defined for GET alone.
    pub(super) fn judge(&self, validators: &Validators, len: u64, is_head: bool) -> Verdict {
        match self.preconditions.judge(Some(validators)) {
            conditional::Verdict::Failed => return Verdict::PreconditionFailed,
            conditional::Verdict::NotModified => return Verdict::NotModified,
            conditional::Verdict::Proceed => {}
        }
        match &self.range {
            Some(range) if !is_head && self.if_range.as_ref().is_none_or(|it| it.holds(validators)) => {
                select(range, len)
            }
            _ => Verdict::Whole,
        }
    }
}

/// What must hold for a range to be honoured.
#[derive(Debug)]
enum IfRange {
    Tag(ETag),
    Date(SystemTime),
    /// Neither, or more than one.
    Malformed,
}

impl IfRange {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let tag = || ETag::try_from(only(headers, header::IF_RANGE)?.as_bytes()).ok();
        headers.contains_key(header::IF_RANGE).then(|| match tag() {
            Some(tag) => Self::Tag(tag),
            None => date(headers, header::IF_RANGE).map_or(Self::Malformed, Self::Date),
        })
    }

    fn holds(&self, validators: &Validators) -> bool {
        let Some(current) = &validators.etag else { return false };
        match self {
            Self::Tag(tag) => current.strong_eq(tag),
            // The date is a strong validator at the age at which the tag is (RFC 9110 §8.8.2.2).
            Self::Date(date) => !current.is_weak() && validators.last_modified == Some(*date),
            Self::Malformed => false,
        }
    }
}

/// A range, if it is one, of bytes, and well-formed. Several are answered with the whole file (RFC 9110 §14.2).
fn range(headers: &HeaderMap) -> Option<ParsedRanges> {
    let value = only(headers, header::RANGE)?.to_str().ok()?;
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
