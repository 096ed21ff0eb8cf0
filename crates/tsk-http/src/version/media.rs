//! Versions that are a parameter of a media type (RFC 9110 §8.3.1, §12.5.1).

use std::borrow::Cow;

use http::{HeaderMap, header};

use super::Refused;
use crate::accept::{MAX_WEIGHT, weight};

/// The version that a request names in `accept` or in `content-type`.
///
/// Of those that are accepted, it is the one with the greatest weight that there is; of equal ones the first. One in
/// `content-type` has to be accepted, if any is named there.
pub(super) fn named<'h>(
    headers: &'h HeaderMap,
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Option<usize>, Refused<'h>> {
    let mut accepted = Accepted::default();
    for value in headers.get_all(header::ACCEPT) {
        for member in split(value.as_bytes(), b',') {
            accepted.add(member, &find)?;
        }
    }
    let mut sent = None;
    for value in headers.get_all(header::CONTENT_TYPE) {
        if let Some(name) = parameter(value.as_bytes())? {
            let version = find(&name).ok_or(Refused::Unknown(name))?;
            if sent.replace(version).is_some_and(|other| other != version) {
                return Err(Refused::Several);
            }
        }
    }
    match (sent, accepted) {
        (Some(sent), Accepted { unknown: None, versions: 0, .. }) => Ok(Some(sent)),
        (Some(sent), Accepted { versions, .. }) if versions & 1 << sent != 0 => Ok(Some(sent)),
        (Some(_), _) => Err(Refused::Several),
        (None, Accepted { best: Some((version, _)), .. }) => Ok(Some(version)),
        (None, Accepted { unknown: Some(name), .. }) => Err(Refused::Unknown(name)),
        (None, _) => Ok(None),
    }
}

/// What `accept` names.
#[derive(Default)]
struct Accepted<'h> {
    /// A version, and its weight.
    best: Option<(usize, u16)>,
    /// The first name of none.
    unknown: Option<Cow<'h, [u8]>>,
    /// All that are accepted, each a bit: there are at most 64.
    versions: u64,
}

impl<'h> Accepted<'h> {
    fn add(&mut self, member: &'h [u8], find: impl Fn(&[u8]) -> Option<usize>) -> Result<(), Refused<'h>> {
        let Some(name) = parameter(member)? else { return Ok(()) };
        let mut parameters = split(member, b';').skip(1).map(<[u8]>::trim_ascii);
        let weight = match parameters.find(|each| each.starts_with(b"q=") || each.starts_with(b"Q=")) {
            // One that is malformed asks for nothing.
            Some(text) => weight(text).unwrap_or(0),
            None => MAX_WEIGHT,
        };
        if weight == 0 {
            return Ok(());
        }
        match find(&name) {
            Some(version) => {
                self.versions |= 1 << version;
                if self.best.is_none_or(|(_, best)| weight > best) {
                    self.best = Some((version, weight));
                }
            }
            None => drop(self.unknown.get_or_insert(name)),
        }
        Ok(())
    }
}

/// The value of the parameter `version` of a media type.
fn parameter(media_type: &[u8]) -> Result<Option<Cow<'_, [u8]>>, Refused<'_>> {
    let mut found = None;
    for piece in split(media_type, b';').skip(1) {
        let Some(at) = piece.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = (piece[..at].trim_ascii(), piece[at + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"version") {
            let value = unquoted(value);
            if found.as_ref().is_some_and(|other| *other != value) {
                return Err(Refused::Several);
            }
            found = Some(value);
        }
    }
    Ok(found)
}

/// The text of a quoted string (RFC 9110 §5.6.4). What is no such string stays as it is.
fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = quoted else { return value.into() };
    if !inner.contains(&b'\\') {
        return inner.into();
    }
    let mut bytes = inner.iter();
    let next = std::iter::from_fn(|| match bytes.next()? {
        b'\\' => bytes.next().copied(),
        byte => Some(*byte),
    });
    next.collect::<Vec<_>>().into()
}

/// The pieces between separators that are not within a quoted string.
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte => return *byte == separator && !is_quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn find(name: &[u8]) -> Option<usize> {
        [&b"v1"[..], b"v2", b"v;,\"3"].iter().position(|known| *known == name)
    }

    fn of(accept: &[&str], content_type: &str) -> Result<Option<usize>, String> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        named(&headers, find).map_err(|refused| match refused {
            Refused::Unknown(name) => String::from_utf8_lossy(&name).into_owned(),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn a_parameter_names_a_version_quoted_or_not() {
        for (accept, expected) in [
            (&["application/json; version=v2"][..], Ok(Some(1))),
            (&["application/json;VERSION=v2;q=0.1"], Ok(Some(1))),
            (&["application/json; version=\"v2\""], Ok(Some(1))),
            (&["application/json; version=\"v\\2\""], Ok(Some(1))),
            (&["application/json; a=\",;version=v1\"; version=\"v;,\\\"3\", */*"], Ok(Some(2))),
            (&["*/*", "text/html, application/json;version=v1"], Ok(Some(0))),
            (&["*/*;version=v1;q=0.2, */*;version=v2;q=0.9, */*;version=v9"], Ok(Some(1))),
            (&["*/*;version=v1, */*;version=v2"], Ok(Some(0))),
            (&["*/*", "application/json; q=0.5"], Ok(None)),
            (&["application/json;version=v1;q=0"], Ok(None)),
            (&[""], Ok(None)),
            (&["version=v1"], Ok(None)),
            (&["application/json;version=v9"], Err("v9".into())),
            (&["application/json;version="], Err(String::new())),
            (&["application/json;version=\"v1"], Err("\"v1".into())),
            (&["application/json;version=v1;version=v2"], Err("Several".into())),
        ] {
            assert_eq!(of(accept, ""), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_body_is_of_a_version_that_is_accepted() {
        for (accept, content_type, expected) in [
            (&[][..], "application/json; version=v2", Ok(Some(1))),
            (&["*/*"], "application/json; version=v2", Ok(Some(1))),
            (&["*/*;version=v1, */*;version=v2"], "application/json; version=v2", Ok(Some(1))),
            (&["*/*;version=v1"], "application/json", Ok(Some(0))),
            (&["*/*;version=v1"], "application/json;version=v2", Err("Several".into())),
            (&["*/*;version=v9"], "application/json;version=v2", Err("Several".into())),
            (&["*/*;version=v1"], "application/json;version=v9", Err("v9".into())),
        ] {
            assert_eq!(of(accept, content_type), expected, "{accept:?} {content_type}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(accept in proptest::collection::vec(any::<u8>(), 0..80), text in "[a-z/;,=\"\\\\ v12]{0,60}") {
            let mut headers = HeaderMap::new();
            for bytes in [&accept[..], text.as_bytes()] {
                if let Ok(value) = HeaderValue::from_bytes(bytes) {
                    headers.append(header::ACCEPT, value.clone());
                    headers.append(header::CONTENT_TYPE, value);
                }
            }
            let _ = named(&headers, find);
        }

        #[test]
        fn any_name_that_is_quoted_comes_back(name in "[ -~]{0,20}") {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let value = format!("text/plain; version=\"{quoted}\"; q=0.5, */*");
            let member = split(value.as_bytes(), b',').next().unwrap();
            prop_assert_eq!(parameter(member), Ok(Some(Cow::Borrowed(name.as_bytes()))));
        }
    }
}
