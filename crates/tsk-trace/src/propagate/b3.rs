//! B3, of Zipkin: <https://github.com/openzipkin/b3-propagation>.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Remote, Span, hex};

const SINGLE: HeaderName = HeaderName::from_static("b3");
const TRACE: HeaderName = HeaderName::from_static("x-b3-traceid");
const SPAN: HeaderName = HeaderName::from_static("x-b3-spanid");
const PARENT: HeaderName = HeaderName::from_static("x-b3-parentspanid");
const SAMPLED: HeaderName = HeaderName::from_static("x-b3-sampled");
const FLAGS: HeaderName = HeaderName::from_static("x-b3-flags");

/// From the single field, which goes before the others.
pub(super) fn extract(headers: &HeaderMap) -> Option<Remote> {
    if headers.contains_key(SINGLE) {
        return only(headers, &SINGLE).and_then(single);
    }
    let decision = match only(headers, &FLAGS) {
        // Debugging is more than sampling.
        Some(b"1") => Some(true),
        _ => only(headers, &SAMPLED).and_then(decision),
    };
    if !headers.contains_key(TRACE) {
        return decision.map(|is_sampled| remote(0, 0, Some(is_sampled)));
    }
    Some(remote(trace(only(headers, &TRACE)?)?, span(only(headers, &SPAN)?)?, decision))
}

/// `trace-span`, `trace-span-decision`, `trace-span-decision-parent`, or `decision`.
fn single(value: &[u8]) -> Option<Remote> {
    let mut parts = value.split(|byte| *byte == b'-');
    let first = parts.next()?;
    let Some(second) = parts.next() else {
        return decision(first).map(|is_sampled| remote(0, 0, Some(is_sampled)));
    };
    let is_sampled = parts.next().map(decision);
    if parts.next().is_some_and(|parent| span(parent).is_none()) || parts.next().is_some() {
        return None;
    }
    let is_sampled = match is_sampled {
        Some(decision) => Some(decision?),
        None => None,
    };
    Some(remote(trace(first)?, span(second)?, is_sampled))
}

fn decision(value: &[u8]) -> Option<bool> {
    match value {
        b"1" | b"d" | b"true" => Some(true),
        b"0" | b"false" => Some(false),
        _ => None,
    }
}

fn trace(digits: &[u8]) -> Option<u128> {
    matches!(digits.len(), 16 | 32).then(|| hex::trace(digits, false)).flatten()
}

fn span(digits: &[u8]) -> Option<u64> {
    (digits.len() == 16).then(|| hex::span(digits, false)).flatten()
}

fn remote(id: u128, span: u64, is_sampled: Option<bool>) -> Remote {
    Remote { id, span, is_sampled, is_random: false, state: None }
}

/// A field that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

pub(super) fn inject(span: &Span<'_>, headers: &mut HeaderMap) {
    let decision = u8::from(span.is_sampled);
    insert(headers, SINGLE, format!("{:032x}-{:016x}-{decision}", span.id, span.span));
}

pub(super) fn inject_multi(span: &Span<'_>, headers: &mut HeaderMap) {
    insert(headers, TRACE, format!("{:032x}", span.id));
    insert(headers, SPAN, format!("{:016x}", span.span));
    insert(headers, SAMPLED, u8::from(span.is_sampled).to_string());
    headers.remove(PARENT);
    headers.remove(FLAGS);
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    headers.insert(name, HeaderValue::try_from(value).expect("digits and dashes"));
}
