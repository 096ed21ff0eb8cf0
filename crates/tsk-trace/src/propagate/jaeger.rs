//! What the first clients of Jaeger sent:
//! <https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format>.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;

use super::{Baggage, Remote, Span, baggage, hex};

const NAME: HeaderName = HeaderName::from_static("uber-trace-id");

/// What its clients write baggage in: a field for each key.
const PREFIX: &str = "uberctx-";

/// Four parts, the colons between them percent-encoded.
const MAX_LENGTH: usize = 32 + 16 + 16 + 2 + 3 * 3;

pub(super) fn extract(headers: &HeaderMap) -> Option<Remote> {
    let mut values = headers.get_all(NAME).iter();
    let value = values.next()?.as_bytes();
    if values.next().is_some() || value.len() > MAX_LENGTH {
        return None;
    }
    let value: Cow<'_, [u8]> = percent_decode(value).into();
    let mut parts = value.split(|byte| *byte == b':');
    let (trace, span, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // The parent is obsolete, and 0 where there is none; leading zeros may be missing everywhere.
    let is_parent = parent.len() <= 16 && (parent.is_empty() || hex::read(parent, false).is_some());
    if parts.next().is_some() || !is_parent || flags.len() > 2 {
        return None;
    }
    let is_sampled = Some(hex::read(flags, false)? & 1 != 0);
    let (id, span) = (hex::trace(trace, false)?, hex::span(span, false)?);
    Some(Remote { id, span, is_sampled, is_random: false, state: None })
}

pub(super) fn inject(span: &Span<'_>, headers: &mut HeaderMap) {
    let value = format!("{:032x}:{:016x}:0:{}", span.id, span.span, u8::from(span.is_sampled));
    headers.insert(NAME, HeaderValue::try_from(value).expect("digits and colons"));
}

/// Adds what the fields say to what W3C's did. Of what both say, that of W3C counts.
pub(super) fn extract_baggage(headers: &HeaderMap, kept: &mut Baggage) {
    let fields = headers.keys().filter_map(|name| Some((name, name.as_str().strip_prefix(PREFIX)?)));
    for (name, key) in fields.take(baggage::MAX_MEMBERS) {
        let mut values = headers.get_all(name).iter();
        let value = values.next().and_then(|value| percent_decode(value.as_bytes()).decode_utf8().ok());
        if let (Some(value), None, None) = (value, values.next(), kept.get(key)) {
            kept.set(key, &value);
        }
    }
}

/// Tells it, in the place of what the fields said before. What has no name of a field is left out.
pub(super) fn inject_baggage(told: &Baggage, headers: &mut HeaderMap) {
    let before: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect();
    for name in before {
        headers.remove(name);
    }
    for (key, value) in told.iter() {
        let value = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(format!("{PREFIX}{key}")), HeaderValue::try_from(value.to_string()))
        {
            headers.insert(name, value);
        }
    }
}
