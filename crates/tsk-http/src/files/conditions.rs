//! What a request asks of the state of a file: preconditions (RFC 9110 §13) and ranges (§14).

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, Method, header};

use super::ranges::{Ranges, Selection};
use crate::conditional::{self, ETag, Preconditions, Validators, date, only};

/// The conditions of a request, copied out of it.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    preconditions: Preconditions,
    ranges: Option<Ranges>,
    if_range: Option<IfRange>,
}

/// What to answer with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed(Selection),
    NotModified,
    PreconditionFailed,
}

impl Conditions {
    /// Reads them from the head of a GET or HEAD. Ranges that are malformed are as if they were not
    /// there.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            preconditions: Preconditions::of(&Method::GET, headers),
            ranges: Ranges::of(headers),
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
        Verdict::Proceed(match &self.ranges {
            Some(ranges) if !is_head && self.if_range.as_ref().is_none_or(|it| it.holds(validators)) => {
                ranges.select(len)
            }
            _ => Selection::Whole,
        })
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
        let tag = || {
            let value = only(headers, header::IF_RANGE)?;
            // Copied, because the value shares the buffer that the connection reads into.
            ETag::try_from(&HeaderValue::from_bytes(value.as_bytes()).ok()?).ok()
        };
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
