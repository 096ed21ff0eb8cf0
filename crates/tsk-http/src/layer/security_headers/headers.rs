//! The headers, ready to be added.

use http::{HeaderName, HeaderValue, header};

use super::Config;
use crate::Error;

/// What is added, by the answers that it is added to.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) nosniff: bool,
    pub(super) always: Vec<(HeaderName, HeaderValue)>,
    pub(super) documents: Vec<(HeaderName, HeaderValue)>,
    /// `strict-transport-security`, for encrypted connections.
    pub(super) secure: Option<HeaderValue>,
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

impl Headers {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let nosniff = known("x_content_type_options", &config.x_content_type_options)?.is_some();
        let always =
            [(RESOURCE_POLICY, known("cross_origin_resource_policy", &config.cross_origin_resource_policy)?)];
        let documents = [
            (
                header::CONTENT_SECURITY_POLICY,
                any("content_security_policy", &config.content_security_policy)?,
            ),
            (header::X_FRAME_OPTIONS, known("x_frame_options", &config.x_frame_options)?),
            (header::REFERRER_POLICY, known("referrer_policy", &config.referrer_policy)?),
            (OPENER_POLICY, known("cross_origin_opener_policy", &config.cross_origin_opener_policy)?),
            (PERMISSIONS_POLICY, any("permissions_policy", &config.permissions_policy)?),
        ];
        let secure = transport_security(&config.strict_transport_security)?;
        Ok(Self { nosniff, always: present(always), documents: present(documents), secure })
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.nosniff && self.always.is_empty() && self.documents.is_empty() && self.secure.is_none()
    }
}

fn present<const N: usize>(
    headers: [(HeaderName, Option<HeaderValue>); N],
) -> Vec<(HeaderName, HeaderValue)> {
    headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The values that a header of few values may have.
const KNOWN: [(&str, &[&str]); 5] = [
    ("x_content_type_options", &["nosniff"]),
    ("cross_origin_resource_policy", &["same-origin", "same-site", "cross-origin"]),
    ("x_frame_options", &["DENY", "SAMEORIGIN"]),
    (
        "referrer_policy",
        &[
            "no-referrer",
            "no-referrer-when-downgrade",
            "same-origin",
            "origin",
            "strict-origin",
            "origin-when-cross-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url",
        ],
    ),
    (
        "cross_origin_opener_policy",
        &["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"],
    ),
];

/// A value of few: a browser passes over any other, so that a slip would switch the header off unseen.
fn known(key: &str, text: &str) -> Result<Option<HeaderValue>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = KNOWN.iter().find_map(|(other, known)| (*other == key).then_some(*known)).unwrap_or_default();
    match known.iter().find(|value| value.eq_ignore_ascii_case(text)) {
        Some(value) => Ok(Some(HeaderValue::from_static(value))),
        None => Err(fault(key, format_args!("no browser knows {text:?}; write {}", known.join(", ")))),
    }
}

/// A value of a grammar that is the browsers' to read.
fn any(key: &str, text: &str) -> Result<Option<HeaderValue>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    match HeaderValue::from_str(text) {
        Ok(value) if text.is_ascii() => Ok(Some(value)),
        _ => Err(fault(key, format_args!("{text:?} is no header value; write it in one line of ASCII"))),
    }
}

fn transport_security(text: &str) -> Result<Option<HeaderValue>, Error> {
    const KEY: &str = "strict_transport_security";
    let is_age = |directive: &str| {
        let age = directive.trim().strip_prefix("max-age=");
        age.is_some_and(|age| !age.is_empty() && age.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if text.is_empty() || text.split(';').any(is_age) {
        return any(KEY, text);
    }
    Err(fault(KEY, format_args!("{text:?} names no age; write `max-age=` and a number of seconds")))
}

fn fault(key: &str, message: std::fmt::Arguments<'_>) -> Error {
    Error::config(format!("`http.security_headers.{key}`: {message}"))
}
