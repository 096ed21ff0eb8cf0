//! Answers to be saved (RFC 6266).

use std::borrow::Cow;

use http::{HeaderValue, Response, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tsk_core::{Body, IntoResponse, respond::Requirements};

/// An answer that a browser saves under a name, rather than showing it.
///
/// ```
/// use tsk_http::{answer::Attachment, get};
///
/// let route = get("/report", || async { Attachment::new("Übersicht.csv", "sku,quantity\ntea,2\n") });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment<T> {
    disposition: HeaderValue,
    answer: T,
}

impl<T> Attachment<T> {
    /// The name may be any text. A slash, a backslash and a control character become `_`: it is the name of a file.
    pub fn new(name: impl AsRef<str>, answer: T) -> Self {
        let name = name.as_ref().replace(|c: char| matches!(c, '/' | '\\') || c.is_control(), "_");
        let text = format!("attachment; {}", filename(&name));
        let disposition = HeaderValue::try_from(text).expect("visible ASCII is valid in a header");
        Self { disposition, answer }
    }
}

impl<T: IntoResponse> IntoResponse for Attachment<T> {
    fn into_response(self) -> Response<Body> {
        ([(header::CONTENT_DISPOSITION, self.disposition)], self.answer).into_response()
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// The parameters for a name: for every client one in ASCII, and what that cannot say in UTF-8 (RFC 6266 §4.3).
fn filename(name: &str) -> String {
    // Clients do not agree on what an escape is within the quotes (RFC 6266, appendix D).
    let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '%');
    let plain: Cow<'_, str> =
        if name.chars().all(is_plain) { name.into() } else { name.replace(|c| !is_plain(c), "_").into() };
    if plain == name {
        return format!("filename=\"{plain}\"");
    }
    format!("filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ENCODED))
}

/// All but `attr-char` (RFC 8187 §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');
