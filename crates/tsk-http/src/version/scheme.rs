//! How a request names its version.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};

use super::{date::Date, media};

/// How a request names its version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Path,
    Header(HeaderName),
    MediaType,
    /// The days of the versions, the oldest first.
    Date(HeaderName, Vec<Date>),
}

/// Why a request has no version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused<'h> {
    Unnamed,
    /// Names contradict each other.
    Several,
    Unknown(Cow<'h, [u8]>),
    /// The day is before all versions.
    Early,
}

impl Scheme {
    /// The version that the headers name; `None` where they name none. `find` gives the one of a name.
    pub(super) fn named<'h>(
        &self,
        headers: &'h HeaderMap,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<Option<usize>, Refused<'h>> {
        match self {
            // What a path names is a part of the path.
            Self::Path => Ok(None),
            Self::MediaType => media::named(headers, find),
            Self::Header(header) => match value(headers, header)? {
                Some(name) => find(name).map(Some).ok_or(Refused::Unknown(name.into())),
                None => Ok(None),
            },
            Self::Date(header, dates) => match value(headers, header)? {
                Some(text) => {
                    let day = Date::parse(text).ok_or(Refused::Unknown(text.into()))?;
                    let begun = dates.partition_point(|date| *date <= day);
                    begun.checked_sub(1).map(Some).ok_or(Refused::Early)
                }
                None => Ok(None),
            },
        }
    }

    /// The header that names it.
    pub(super) fn header(&self) -> Option<&HeaderName> {
        match self {
            Self::Path => None,
            Self::MediaType => Some(&header::ACCEPT),
            Self::Header(header) | Self::Date(header, _) => Some(header),
        }
    }

    /// Where it is named, for the client.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Path => "in its path".into(),
            Self::MediaType => "as in `accept: application/json; version=..`".into(),
            Self::Header(header) => format!("in the header `{header}`"),
            Self::Date(header, _) => format!("as a day in the header `{header}`"),
        }
    }
}

/// The one value of a header, which may be there several times if it says the same.
fn value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, Refused<'h>> {
    let mut values = headers.get_all(name).iter().map(|value| value.as_bytes().trim_ascii());
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return Err(Refused::Several);
    }
    Ok(first)
}
