//! What the first clients of Jaeger sent:
//! <https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format>.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;

use super::{Remote, Span, hex};

const NAME: HeaderName = HeaderName::from_static("uber-trace-id");

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
