//! Why there is no authentication to ask for.

use std::fmt;

/// A mistake in the settings, or in a key of ours. Its message is one line that says what to change, and shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Of a setting, by its key.
    pub(crate) fn within(self, key: &str) -> Self {
        Self(format!("`{key}`: {}", self.0))
    }

    /// The setting that is at fault, as in `auth.jwt[0]`, if one is.
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
