//! What callers say of a request to everybody further in: [W3C Baggage](https://www.w3.org/TR/baggage/).

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

pub(super) static NAME: HeaderName = HeaderName::from_static("baggage");

/// The most members that are passed on, and the bytes of all of them: what §3.4 asks of everybody.
pub const MAX_MEMBERS: usize = 64;
/// See [`MAX_MEMBERS`].
pub const MAX_LENGTH: usize = 8192;

/// What is none of §3.3.1.3's `baggage-octet`, and the percent sign itself.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Keys and values that go with a request, from its first sender to the last service.
///
/// Every service on the way can read and change them: they are no place for secrets, and nothing to trust. Members that
/// are not to the letter, or beyond the limits, are left out.
///
/// ```
/// use tsk_trace::Baggage;
///
/// let mut headers = http::HeaderMap::new();
/// let mut baggage = Baggage::default();
/// assert!(baggage.set("tenant", "Köln & Co"));
/// baggage.inject(&mut headers);
/// assert_eq!(headers["baggage"], "tenant=K%C3%B6ln%20&%20Co");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baggage(
    // Members with commas between, each to the letter. `None` where there is none, as with most requests.
    Option<Arc<str>>,
);

impl Baggage {
    /// What the fields of a request say.
    #[inline]
    pub fn extract(headers: &HeaderMap) -> Self {
        if headers.contains_key(&NAME) { Self::extract_slowly(headers) } else { Self(None) }
    }

    fn extract_slowly(headers: &HeaderMap) -> Self {
        let mut kept = String::new();
        let fields = headers.get_all(&NAME).iter().filter_map(|value| value.to_str().ok());
        let members = fields.flat_map(|field| field.split(',')).map(trim).filter(|member| is_member(member));
        for (count, member) in members.enumerate() {
            if count == MAX_MEMBERS || kept.len() + 1 + member.len() > MAX_LENGTH {
                break;
            }
            if !kept.is_empty() {
                kept.push(',');
            }
            kept.push_str(member);
        }
        Self((!kept.is_empty()).then(|| kept.into()))
    }

    /// Whether there is nothing in it.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Keys and values, decoded, in the order of the request.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let members = self.0.as_deref().unwrap_or_default().split(',').filter(|member| !member.is_empty());
        members.filter_map(|member| {
            let (key, value) = split(member)?;
            Some((key, percent_decode_str(value).decode_utf8_lossy()))
        })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Sets the value of a key, in the place of an earlier one. `false`, and nothing changed, where the key is no token (RFC
    /// 9110 §5.6.2), or where there is no room.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        let members = self.0.as_deref().unwrap_or_default().split(',');
        let others = members.filter(|member| split(member).is_some_and(|(known, _)| known != key));
        let member = format!("{key}={}", utf8_percent_encode(value, ENCODED));
        let all: Vec<&str> = others.chain([&*member]).collect();
        let text = all.join(",");
        let has_room = all.len() <= MAX_MEMBERS && text.len() <= MAX_LENGTH;
        let is_set = is_token(key) && has_room;
        if is_set {
            self.0 = Some(text.into());
        }
        is_set
    }

    /// Tells it, in the place of what the fields said before.
    pub fn inject(&self, headers: &mut HeaderMap) {
        if let Some(value) = self.0.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(&NAME, value);
        } else {
            headers.remove(&NAME);
        }
    }
}

/// `key = value ; properties` (§3.3.1).
fn is_member(member: &str) -> bool {
    let is_octet = |byte: u8| matches!(byte, 0x21 | 0x23..=0x2B | 0x2D..=0x3A | 0x3C..=0x5B | 0x5D..=0x7E);
    let is_value = |value: &str| value.bytes().all(is_octet);
    let is_property = |property: &str| match property.split_once('=') {
        Some((key, value)) => is_token(trim(key)) && is_value(trim(value)),
        None => is_token(trim(property)),
    };
    let properties = member.split(';').skip(1).all(is_property);
    properties && split(member).is_some_and(|(key, value)| is_token(key) && is_value(value))
}

/// The key and the value of a member, without its properties.
fn split(member: &str) -> Option<(&str, &str)> {
    let (key, value) = member.split(';').next()?.split_once('=')?;
    Some((trim(key), trim(value)))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}
