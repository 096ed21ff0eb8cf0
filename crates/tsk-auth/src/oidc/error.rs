//! Why a login, a logout or a refresh came to nothing.

use std::{borrow::Cow, fmt};

use http::{HeaderValue, header};
use tsk_core::{IntoResponse, Problem};

use crate::{problem, session::SessionError};

/// Why a login, a logout or a refresh came to nothing. `?` makes it the answer of a handler.
#[derive(Debug)]
#[non_exhaustive]
pub enum OidcError {
    /// The browser did not begin this login, or too long ago, or has finished it before. 403.
    NotBegun,
    /// The provider refuses, by this code (RFC 6749 §4.1.2.1, §5.2). 403.
    Refused(Box<str>),
    /// What has come is not what was asked for, or not from whom. 403, or 400 to a provider.
    Distrusted(Cow<'static, str>),
    /// The provider says of somebody what does not let them in. 403.
    NotLetIn(Cow<'static, str>),
    /// The provider cannot be asked. 503.
    Unavailable(Cow<'static, str>),
    /// The tokens of the session cannot be refreshed any more. 401.
    Ended,
    /// The session. Its own answer.
    Session(SessionError),
}

impl OidcError {
    pub(super) fn distrusted(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Distrusted(reason.into())
    }

    pub(super) fn unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unavailable(reason.into())
    }

    /// What whoever logs in is told of it. Nothing of what has come is in it.
    pub(super) fn told(&self) -> &'static str {
        match self {
            Self::NotBegun => {
                "This browser did not begin the login, or too long ago, or has finished it before. Begin it again."
            }
            Self::Refused(_) => "The provider did not let you in.",
            Self::NotLetIn(_) => "The provider has let you in, and this service does not.",
            Self::Distrusted(_) => "What came back from the provider is not believed.",
            Self::Unavailable(_) => "The provider cannot be asked at the moment. Try again in ten seconds.",
            Self::Ended | Self::Session(_) => "The session has ended. Log in again.",
        }
    }

    /// The same to a provider that tells of a logout (OpenID Connect Back-Channel Logout 1.0 §2.8).
    pub(super) fn into_provider_problem(self) -> Problem {
        match self {
            Self::Distrusted(_) => {
                tracing::warn!(reason = %self, "a logout by the provider is refused");
                Problem::of(problem::LOGOUT_REFUSED).with("error", "invalid_request").with_source(self)
            }
            other => other.into(),
        }
    }
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::Session(error) => return error.into(),
            OidcError::Ended => return Self::of(problem::UNAUTHENTICATED).with_source(error),
            OidcError::Unavailable(_) => {
                tracing::warn!(reason = %error, "the provider cannot be asked");
                return Self::of(problem::PROVIDER_UNAVAILABLE)
                    .header(header::RETRY_AFTER, HeaderValue::from_static("10"))
                    .with_source(error);
            }
            OidcError::Distrusted(_) => tracing::warn!(reason = %error, "a login is refused"),
            _ => tracing::debug!(reason = %error, "a login is refused"),
        }
        Self::of(problem::LOGIN_FAILED).detail(error.told()).with_source(error)
    }
}

impl IntoResponse for OidcError {
    fn into_response(self) -> http::Response<tsk_core::Body> {
        Problem::from(self).into_response()
    }
}

impl From<SessionError> for OidcError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl fmt::Display for OidcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun => f.write_str("the browser has begun no such login"),
            Self::Refused(code) => write!(f, "the provider refuses: {code}"),
            Self::Distrusted(reason) | Self::NotLetIn(reason) | Self::Unavailable(reason) => {
                f.write_str(reason)
            }
            Self::Ended => f.write_str("the tokens of the session cannot be refreshed any more"),
            Self::Session(_) => f.write_str("the session"),
        }
    }
}

impl std::error::Error for OidcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Session(error) => Some(error),
            _ => None,
        }
    }
}
