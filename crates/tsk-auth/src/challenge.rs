//! Saying how to authenticate (RFC 9110 §11.6.1, RFC 6750 §3).

use http::HeaderValue;

use crate::Error;

/// What stands in `WWW-Authenticate`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Challenge(String);

impl Challenge {
    /// A challenge for bearer tokens that names nothing.
    pub(crate) fn bearer() -> Self {
        Self::of("Bearer")
    }

    /// A challenge of that scheme that names nothing.
    pub(crate) fn of(scheme: &'static str) -> Self {
        Self(scheme.to_owned())
    }

    /// Adds a parameter.
    ///
    /// # Errors
    ///
    /// A value that a header cannot have.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if value.is_empty() || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(Error::new(format!(
                "{value:?} cannot stand in a header as `{name}`: write visible ASCII"
            )));
        }
        self.0.push_str(if self.0.contains('=') { ", " } else { " " });
        self.0.push_str(name);
        self.0.push_str("=\"");
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                self.0.push('\\');
            }
            self.0.push(character);
        }
        self.0.push('"');
        Ok(self)
    }

    pub(crate) fn value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("every part was checked when it was added")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_quoted_stays_within_its_quotes() {
        let challenge =
            Challenge::bearer().with("realm", r#"a "b" \c"#).unwrap().with("scope", "x y").unwrap();
        assert_eq!(challenge.value(), r#"Bearer realm="a \"b\" \\c", scope="x y""#);
        for wrong in ["", "a\r\nb", "ä", "a\0"] {
            assert!(Challenge::bearer().with("realm", wrong).is_err(), "{wrong:?}");
        }
    }
}
