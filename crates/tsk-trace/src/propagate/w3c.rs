//! W3C Trace Context, level 2.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Remote, Span, hex};

// Statics, as a lookup with a constant would make and drop a name each time.
pub(super) static PARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) static STATE: HeaderName = HeaderName::from_static("tracestate");

const SAMPLED: u8 = 1;
/// The identifier of the trace is random (§3.2.2.5.2).
const RANDOM: u8 = 2;

/// `00-` trace `-` span `-` flags.
const LENGTH: usize = 55;

/// The most members that a `tracestate` has (§3.3.1.3), and the bytes of it that are passed on (§3.3.1.5).
const MAX_MEMBERS: usize = 32;
const MAX_STATE: usize = 512;
/// Members above this are the first to go (§3.3.1.5).
const LARGE_MEMBER: usize = 128;

#[inline]
pub(super) fn extract(headers: &HeaderMap) -> Option<Remote> {
    if headers.contains_key(&PARENT) { extract_slowly(headers) } else { None }
}

fn extract_slowly(headers: &HeaderMap) -> Option<Remote> {
    let mut values = headers.get_all(&PARENT).iter();
    let value = values.next()?.as_bytes();
    // Of two, none can be believed (§3.2).
    if values.next().is_some() {
        return None;
    }
    let (id, span, flags) = parent(value)?;
    Some(Remote {
        id,
        span,
        is_sampled: Some(flags & SAMPLED != 0),
        is_random: flags & RANDOM != 0,
        state: state(headers),
    })
}

/// The trace, the span and the flags of a `traceparent`.
fn parent(value: &[u8]) -> Option<(u128, u64, u8)> {
    let (known, further) = value.split_at_checked(LENGTH)?;
    let version = hex::read(&known[..2], true)?;
    // What a later version adds comes after a dash, and that of version 0 ends here; 255 is forbidden (§3.2.2.1).
    let is_whole = match version {
        0 => further.is_empty(),
        255 => false,
        _ => further.first().is_none_or(|byte| *byte == b'-'),
    };
    if !is_whole || [2, 35, 52].iter().any(|at| known[*at] != b'-') {
        return None;
    }
    let flags = u8::try_from(hex::read(&known[53..], true)?).ok()?;
    Some((hex::trace(&known[3..35], true)?, hex::span(&known[36..52], true)?, flags))
}

/// What vendors keep in the trace: nothing, if any of it is not to the letter (§3.3.1).
fn state(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut members: Vec<&str> = Vec::new();
    for value in headers.get_all(&STATE) {
        for member in value.to_str().ok()?.split(',') {
            let member = member.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            let is_known = members.iter().any(|known| key_of(known) == key);
            if is_known || members.len() == MAX_MEMBERS || !is_key(key) || !is_value(value) {
                return None;
            }
            members.push(member);
        }
    }
    if length(&members) > MAX_STATE {
        members.retain(|member| member.len() <= LARGE_MEMBER);
    }
    while length(&members) > MAX_STATE {
        members.pop();
    }
    (!members.is_empty()).then(|| members.join(",").into())
}

fn key_of(member: &str) -> &str {
    member.split_once('=').map_or(member, |(key, _)| key)
}

fn length(members: &[&str]) -> usize {
    members.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1)
}

/// §3.3.1.3.1, level 2: a letter or digit in lower case, then up to 255 characters more.
fn is_key(key: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_further = |byte: &u8| is_first(byte) || b"_-*/@".contains(byte);
    let bytes = key.as_bytes();
    bytes.len() <= 256 && bytes.first().is_some_and(is_first) && bytes.iter().all(is_further)
}

/// §3.3.1.3.2: up to 256 visible characters but comma and equals, with spaces between.
fn is_value(value: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    (1..=256).contains(&value.len()) && value.bytes().all(is_allowed) && !value.ends_with(' ')
}

pub(super) fn inject(span: &Span<'_>, headers: &mut HeaderMap) {
    let Span { id, span: parent, is_sampled, is_random, state } = *span;
    let flags = if is_sampled { SAMPLED } else { 0 } | if is_random { RANDOM } else { 0 };
    let value = format!("00-{id:032x}-{parent:016x}-{flags:02x}");
    headers.insert(&PARENT, HeaderValue::try_from(value).expect("digits and dashes"));
    match state.and_then(|state| HeaderValue::from_str(state).ok()) {
        Some(state) => headers.insert(&STATE, state),
        None => headers.remove(&STATE),
    };
}
