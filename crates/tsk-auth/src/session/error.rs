//! Why a session cannot do what it is asked to.

use std::{fmt, io};

use http::{HeaderValue, header};
use tsk_core::{IntoResponse, Problem};

use crate::{Error, problem};

/// Why a session cannot do what it is asked to. `?` makes it the answer of a handler.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// It has ended meanwhile: by a logout elsewhere, say. 401.
    Ended,
    /// Others change it all the time. 503.
    Busy,
    /// Its values have more bytes than they may. 500.
    TooLarge {
        /// As many they may have.
        limit: usize,
    },
    /// A value that cannot be written as JSON, or is there and of another type. 500.
    Value {
        /// What it is called.
        name: Box<str>,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The store could not be asked. 503.
    Store(io::Error),
    /// The system gives no randomness. 500.
    Random(Error),
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match &error {
            SessionError::Ended => Self::of(problem::UNAUTHENTICATED).with_source(error),
            SessionError::Busy | SessionError::Store(_) => Self::of(problem::SESSIONS_UNAVAILABLE)
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
                .with_source(error),
            SessionError::TooLarge { .. } | SessionError::Value { .. } | SessionError::Random(_) => {
                Self::internal(error)
            }
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> http::Response<tsk_core::Body> {
        Problem::from(self).into_response()
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Random(error)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the session has ended"),
            Self::Busy => f.write_str("others change the session all the time"),
            Self::TooLarge { limit } => write!(f, "the values of a session have at most {limit} bytes"),
            Self::Value { name, .. } => write!(f, "the value {name:?} of a session"),
            Self::Store(_) => f.write_str("the store of the sessions cannot be asked"),
            Self::Random(_) => f.write_str("no id for a session can be drawn"),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Value { source, .. } => Some(source),
            Self::Store(error) => Some(error),
            Self::Random(error) => Some(error),
            Self::Ended | Self::Busy | Self::TooLarge { .. } => None,
        }
    }
}
