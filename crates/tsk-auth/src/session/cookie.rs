//! The cookie of a session (RFC 6265bis).

use http::{HeaderMap, HeaderValue, header};
use tsk_core::RequestContext;

use crate::Error;

/// A cookie that names something: what it is called, and how long browsers keep it.
#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    name: Box<str>,
    is_plain: bool,
    /// In seconds; until the browser is closed where there is none.
    age: Option<u64>,
}

/// What a request has of a cookie.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    /// There is none.
    Nothing,
    /// There is one.
    Value(&'a str),
    /// There are several of that name, or it is no text: it is none of ours.
    Odd,
}

impl Cookie {
    /// One that browsers take from this very host over TLS alone, by the prefix of its name; with `is_plain`, one of the bare
    /// name, over plain HTTP.
    ///
    /// # Errors
    ///
    /// A name that a cookie cannot have.
    pub(crate) fn new(name: &str, is_plain: bool) -> Result<Self, Error> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_token) || name.starts_with("__") {
            return Err(Error::new(format!(
                "{name:?} is no name for a cookie: write one such as \"session\", of at most 64 letters, digits and - _ ."
            )));
        }
        let name = if is_plain { name.into() } else { format!("__Host-{name}").into() };
        Ok(Self { name, is_plain, age: None })
    }

    /// One that browsers keep for so many seconds.
    pub(crate) fn keep(mut self, seconds: u64) -> Self {
        self.age = Some(seconds);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What a request has of it.
    pub(crate) fn shown<'a>(&self, headers: &'a HeaderMap) -> Shown<'a> {
        let mut shown = Shown::Nothing;
        // HTTP/2 may send each in a field of its own (RFC 9113 §8.2.3).
        for field in headers.get_all(header::COOKIE) {
            for pair in field.as_bytes().split(|byte| *byte == b';') {
                let mut halves = pair.splitn(2, |byte| *byte == b'=');
                let (name, value) = (halves.next().unwrap_or_default(), halves.next());
                if name.trim_ascii() != self.name.as_bytes() {
                    continue;
                }
                let value = value.and_then(|value| str::from_utf8(value.trim_ascii()).ok());
                shown = match (shown, value) {
                    (Shown::Nothing, Some(value)) => Shown::Value(value),
                    _ => return Shown::Odd,
                };
            }
        }
        shown
    }

    /// Gives it to the browser. `value` is of characters that a cookie can have.
    pub(crate) fn give(&self, context: &RequestContext, value: &str) {
        self.put(context, value, self.age);
    }

    /// Has the browser forget it.
    pub(crate) fn clear(&self, context: &RequestContext) {
        self.put(context, "", Some(0));
    }

    /// Only the last that is said of it is sent: several cookies of a name in one answer mean what the browser makes of them
    /// (RFC 6265bis §4.1.1).
    fn put(&self, context: &RequestContext, value: &str, age: Option<u64>) {
        let begin = format!("{}=", self.name);
        for other in context.take_cookies() {
            if !other.as_bytes().starts_with(begin.as_bytes()) {
                context.push_cookie(other);
            }
        }
        let mut text = format!("{begin}{value}; Path=/; HttpOnly; SameSite=Lax");
        if !self.is_plain {
            text.push_str("; Secure");
        }
        if let Some(age) = age {
            text.push_str("; Max-Age=");
            text.push_str(&age.to_string());
        }
        match HeaderValue::try_from(text) {
            Ok(value) => context.push_cookie(value),
            Err(_) => debug_assert!(false, "a name is a token, and a value of ours is base 64"),
        }
    }
}
