//! Why there is nothing to serve.

use std::fmt;

/// A mistake in what was asked for. Its message is one line that says what to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Of a setting, by its key.
    pub(crate) fn at(key: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self(format!("`{key}`: {message}"))
    }

    /// The setting that is at fault, as in `limits.depth`, if one is.
    pub fn key(&self) -> Option<&str> {
        Some(self.0.strip_prefix('`')?.split_once('`')?.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
