//! Why there are no metrics.

use std::fmt;

/// Why there are no metrics.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Config(String),
    Slo(String),
    Installed,
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self(Kind::Config(message.into()))
    }

    pub(crate) fn slo(message: impl Into<String>) -> Self {
        Self(Kind::Slo(message.into()))
    }

    pub(crate) fn installed() -> Self {
        Self(Kind::Installed)
    }

    /// Whether a setting is at fault.
    pub fn is_config(&self) -> bool {
        matches!(self.0, Kind::Config(_))
    }

    /// The setting that is at fault, as in `metrics.duration_buckets`, if one is.
    pub fn key(&self) -> Option<&str> {
        match &self.0 {
            // Whatever is wrong with a setting begins with it.
            Kind::Config(message) => Some(message.strip_prefix('`')?.split_once('`')?.0),
            _ => None,
        }
    }

    /// Whether what a route promises is at fault.
    pub fn is_slo(&self) -> bool {
        matches!(self.0, Kind::Slo(_))
    }

    /// Whether somebody has installed a recorder before.
    pub fn is_installed(&self) -> bool {
        matches!(self.0, Kind::Installed)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Config(message) | Kind::Slo(message) => f.write_str(message),
            Kind::Installed => f.write_str(
                "another recorder of the crate `metrics` is installed already, and stays: remove it, or read the \
                 program's own metrics from it",
            ),
        }
    }
}

impl std::error::Error for Error {}
