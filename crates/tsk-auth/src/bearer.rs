//! Tokens in `Authorization: Bearer`, and how they are refused (RFC 6750).

use http::{HeaderMap, HeaderValue, header};
use tsk_core::Problem;

use crate::{Error, challenge::Challenge, problem};

/// The token in `Authorization`; `None` where there is none, or another scheme is used.
///
/// # Errors
///
/// Why what is there cannot be read, as the caller is told it.
#[inline]
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&[u8]>, &'static str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("The request has more than one Authorization field");
    }
    of(value.as_bytes())
}

/// The token of one `Authorization`; `None` where another scheme is used.
///
/// # Errors
///
/// There is none after the name of the scheme.
#[inline]
pub(crate) fn of(value: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let Some((scheme, rest)) = value.split_at_checked("Bearer".len()) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case(b"Bearer") || !(rest.is_empty() || rest.starts_with(b" ")) {
        return Ok(None);
    }
    // What a token is made of is checked when it is looked at.
    match rest.trim_ascii() {
        [] => Err("The Authorization field has no token"),
        token => Ok(Some(token)),
    }
}

/// What a token is made of (RFC 6750 §2.1).
pub(crate) fn is_token(token: &[u8]) -> bool {
    let end = token.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    end > 0 && token[..end].iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

/// Where tokens are asked for, and what is said there to those whose token is not taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Realm(Option<Box<str>>);

impl Realm {
    /// One of that name (RFC 9110 §11.5).
    ///
    /// # Errors
    ///
    /// A name that a header cannot have.
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        Challenge::bearer().with("realm", name)?;
        Ok(Self(Some(name.into())))
    }

    /// How to authenticate. A parameter that a header cannot have leaves the bare challenge.
    pub(crate) fn challenge(&self, parameters: &[(&str, &str)]) -> HeaderValue {
        let realm = self.0.as_deref().map(|realm| ("realm", realm));
        let mut all = realm.into_iter().chain(parameters.iter().copied());
        let challenge =
            all.try_fold(Challenge::bearer(), |challenge, (name, value)| challenge.with(name, value));
        challenge.unwrap_or_else(|_| Challenge::bearer()).value()
    }

    /// The challenge to those whose token is good for something else.
    pub(crate) fn insufficient(&self, scopes: &[&str]) -> HeaderValue {
        let scope = scopes.join(" ");
        let scope = Some(("scope", &*scope)).filter(|_| !scopes.is_empty());
        let parameters: Vec<_> = [("error", "insufficient_scope")].into_iter().chain(scope).collect();
        self.challenge(&parameters)
    }

    /// The answer to who shows something that is no token, or more than one.
    #[cold]
    pub(crate) fn malformed(&self, detail: &'static str) -> Problem {
        let challenge = self.challenge(&[("error", "invalid_request"), ("error_description", detail)]);
        Problem::of(problem::INVALID_AUTHORIZATION).detail(detail).header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The answer to a token that is not believed, of which the caller is told so much.
    #[cold]
    pub(crate) fn invalid(&self, told: &'static str) -> Problem {
        let challenge = self.challenge(&[("error", "invalid_token"), ("error_description", told)]);
        Problem::of(problem::INVALID_TOKEN).detail(told).header(header::WWW_AUTHENTICATE, challenge)
    }
}
