//! Why there is no tracing.

use std::fmt;

use tsk_core::BoxError;

/// Why tracing cannot be set up.
#[derive(Debug)]
pub struct Error {
    message: String,
    source: Option<BoxError>,
}

impl Error {
    /// A setting that cannot be.
    pub(crate) fn setting(key: &str, reason: impl fmt::Display) -> Self {
        Self { message: format!("`tracing.{key}` {reason}"), source: None }
    }

    /// What the system would not do.
    pub(crate) fn system(message: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }

    /// Whether a setting is at fault, and not the system.
    pub fn is_setting(&self) -> bool {
        self.source.is_none()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
