//! Why there is no health to ask after.

use std::fmt;

/// A mistake in the settings or in what was registered. Its message is one line that says what to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// Of a setting, by its key.
    pub(crate) fn at(key: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self(format!("`{key}`: {message}"))
    }

    /// The setting that is at fault, as in `health.check[0].url`, if one is.
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
