//! Why rooms cannot be as they were declared.

use std::fmt;

/// Why rooms cannot be as they were declared. Its message is one line.
#[derive(Debug, Clone)]
pub struct Error {
    key: &'static str,
    message: Box<str>,
}

impl Error {
    pub(crate) fn setting(key: &'static str, message: impl Into<Box<str>>) -> Self {
        Self { key, message: message.into() }
    }

    /// The setting that is at fault.
    pub fn key(&self) -> &'static str {
        self.key
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.key, self.message)
    }
}

impl std::error::Error for Error {}
