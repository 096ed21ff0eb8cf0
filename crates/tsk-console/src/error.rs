//! Why there is no console.

use std::fmt;

/// Why there is no console: a setting that cannot be.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// A message that begins with the setting.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Whether a setting is at fault.
    pub fn is_config(&self) -> bool {
        self.key().is_some()
    }

    /// The setting that is at fault, as in `console.interval`.
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
