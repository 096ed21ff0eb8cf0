//! As which client a service asks an authorization server.

use std::fmt;

use data_encoding::BASE64;
use http::{HeaderMap, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// A client of an authorization server with its secret (RFC 6749 §2.3.1), which is shown to nobody.
///
/// ```
/// use tsk_auth::oauth::Credentials;
///
/// let credentials = Credentials::new("shop", "s3cret")?; // in `Authorization: Basic`
/// let in_form = Credentials::new("shop", "s3cret")?.in_form(); // as `client_secret_post` has it
/// # Ok::<(), tsk_auth::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    id: Box<str>,
    secret: Box<str>,
    is_in_form: bool,
}

impl Credentials {
    /// That client, by `Authorization: Basic`, which every server takes.
    ///
    /// # Errors
    ///
    /// No identifier, or no secret.
    pub fn new(id: impl Into<Box<str>>, secret: impl Into<Box<str>>) -> Result<Self, Error> {
        let (id, secret) = (id.into(), secret.into());
        if id.is_empty() || secret.is_empty() {
            return Err(Error::new("a client has an identifier and a secret: neither is empty"));
        }
        Ok(Self { id, secret, is_in_form: false })
    }

    /// By `client_id` and `client_secret` in the form, for servers that take nothing else.
    #[must_use]
    pub fn in_form(mut self) -> Self {
        self.is_in_form = true;
        self
    }

    /// The identifier of the client.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds to a form, or to its header, who sends it.
    pub(super) fn add(&self, form: &mut String, headers: &mut HeaderMap) {
        if self.is_in_form {
            field(form, "client_id", &self.id);
            field(form, "client_secret", &self.secret);
            return;
        }
        // Both are encoded as in a form first (RFC 6749 §2.3.1), so that what comes after the colon is the secret.
        let pair = format!("{}:{}", encoded(&self.id), encoded(&self.secret));
        let value = format!("Basic {}", BASE64.encode(pair.as_bytes()));
        let mut value = HeaderValue::from_str(&value).expect("base64 is visible ASCII");
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
}

/// Those that no reader of a form takes for anything else.
const OTHERS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

fn encoded(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, OTHERS)
}

/// Adds a field to a form.
pub(super) fn field(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    form.push_str(name);
    form.push('=');
    form.extend(utf8_percent_encode(value, OTHERS));
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn added(credentials: &Credentials) -> (String, Option<String>) {
        let (mut form, mut headers) = ("token=a".to_owned(), HeaderMap::new());
        credentials.add(&mut form, &mut headers);
        (form, headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn a_colon_or_a_sign_of_a_form_in_them_means_nothing() {
        let credentials = Credentials::new("https://shop:1", "a+b&c=%ü ").unwrap();
        let (form, header) = added(&credentials);
        let basic = "https%3A%2F%2Fshop%3A1:a%2Bb%26c%3D%25%C3%BC%20";
        assert_eq!(
            (form.as_str(), header),
            ("token=a", Some(format!("Basic {}", BASE64.encode(basic.as_bytes()))))
        );
        let (form, header) = added(&credentials.in_form());
        assert_eq!(form, "token=a&client_id=https%3A%2F%2Fshop%3A1&client_secret=a%2Bb%26c%3D%25%C3%BC%20");
        assert_eq!(header, None);
    }

    #[test]
    fn a_secret_is_shown_to_nobody() {
        let credentials = Credentials::new("shop", "s3cret").unwrap();
        assert_eq!(format!("{credentials:?}"), r#"Credentials { id: "shop", .. }"#);
        assert!(Credentials::new("", "a").is_err() && Credentials::new("a", "").is_err());
    }
}
