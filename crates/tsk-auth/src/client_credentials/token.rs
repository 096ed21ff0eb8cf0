//! A token of this service.

use std::{fmt, time::Instant};

use http::HeaderValue;

/// A token of this service, which is shown to nobody but whom it is for.
#[derive(Clone)]
pub struct Token {
    value: HeaderValue,
    /// When it was asked for, from which on it may have been given out.
    pub(super) asked: Instant,
    /// When it is renewed.
    pub(super) due: Instant,
    /// Until when it is used.
    pub(super) until: Instant,
}

impl Token {
    /// `text` is what [`bearer::is_token`](crate::bearer::is_token) takes.
    pub(super) fn new(text: &str, asked: Instant, due: Instant, until: Instant) -> Self {
        let value = HeaderValue::from_str(&format!("Bearer {text}"));
        let mut value = value.expect("what tokens are made of is visible ASCII");
        value.set_sensitive(true);
        Self { value, asked, due, until }
    }

    /// What stands in `Authorization`: `Bearer`, a space and the token. It is marked as sensitive.
    pub fn authorization(&self) -> &HeaderValue {
        &self.value
    }

    /// The token itself.
    pub fn secret(&self) -> &str {
        let text = self.value.to_str().expect("it was made of text");
        text.strip_prefix("Bearer ").expect("it was made so")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}
