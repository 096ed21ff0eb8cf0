//! Why a service does not start.

use std::{fmt, io};

/// Why a service does not start. Its message is one line that says what to change.
pub struct Error(Kind);

enum Kind {
    Auth(tsk_auth::Error),
    Config(crate::config::Error),
    Console(tsk_console::Error),
    Http(tsk_http::Error),
    Admin(tsk_http::Error),
    Settings(String),
    Health(tsk_health::Error),
    Metrics(tsk_metrics::Error),
    Limits(tsk_ratelimit::Error),
    Trace(tsk_trace::Error),
    Signal(io::Error),
    Stopped,
}

impl Error {
    pub(crate) fn admin(error: tsk_http::Error) -> Self {
        Self(Kind::Admin(error))
    }

    pub(crate) fn settings(message: String) -> Self {
        Self(Kind::Settings(message))
    }

    pub(crate) fn stopped() -> Self {
        Self(Kind::Stopped)
    }

    /// Whether the service has stopped that was to do something.
    pub fn is_stopped(&self) -> bool {
        matches!(self.0, Kind::Stopped)
    }

    pub(crate) fn signal(source: io::Error) -> Self {
        Self(Kind::Signal(source))
    }

    /// Whether the configuration is at fault.
    pub fn is_config(&self) -> bool {
        matches!(
            self.0,
            Kind::Auth(_)
                | Kind::Config(_)
                | Kind::Console(_)
                | Kind::Settings(_)
                | Kind::Health(_)
                | Kind::Limits(_)
        ) || matches!(&self.0, Kind::Metrics(error) if error.is_config())
            || matches!(&self.0, Kind::Trace(error) if error.is_setting())
    }

    /// The setting that is at fault, as in `http.listen[0].tls`, if one is.
    pub fn key(&self) -> Option<&str> {
        match &self.0 {
            Kind::Auth(error) => error.key(),
            Kind::Config(error) => error.key(),
            Kind::Console(error) => error.key(),
            Kind::Http(error) => error.key(),
            Kind::Health(error) => error.key(),
            Kind::Metrics(error) => error.key(),
            Kind::Limits(error) => error.key(),
            // Whatever is wrong with a setting begins with it.
            Kind::Settings(message) => Some(message.strip_prefix('`')?.split_once('`')?.0),
            Kind::Trace(_) | Kind::Admin(_) | Kind::Signal(_) | Kind::Stopped => None,
        }
    }

    /// What the HTTP server says, if it is at fault: an address that is in use, or routes that contradict each
    /// other.
    pub fn http(&self) -> Option<&tsk_http::Error> {
        match &self.0 {
            Kind::Http(error) => Some(error),
            _ => None,
        }
    }
}

impl From<crate::config::Error> for Error {
    fn from(error: crate::config::Error) -> Self {
        Self(Kind::Config(error))
    }
}

impl From<tsk_auth::Error> for Error {
    fn from(error: tsk_auth::Error) -> Self {
        Self(Kind::Auth(error))
    }
}

impl From<tsk_console::Error> for Error {
    fn from(error: tsk_console::Error) -> Self {
        Self(Kind::Console(error))
    }
}

impl From<tsk_health::Error> for Error {
    fn from(error: tsk_health::Error) -> Self {
        Self(Kind::Health(error))
    }
}

impl From<tsk_metrics::Error> for Error {
    fn from(error: tsk_metrics::Error) -> Self {
        Self(Kind::Metrics(error))
    }
}

impl From<tsk_ratelimit::Error> for Error {
    fn from(error: tsk_ratelimit::Error) -> Self {
        Self(Kind::Limits(error))
    }
}

impl From<tsk_trace::Error> for Error {
    fn from(error: tsk_trace::Error) -> Self {
        Self(Kind::Trace(error))
    }
}

impl From<tsk_ws::Error> for Error {
    fn from(error: tsk_ws::Error) -> Self {
        Self::settings(error.to_string())
    }
}

#[cfg(feature = "graphql")]
impl From<tsk_graphql::Error> for Error {
    fn from(error: tsk_graphql::Error) -> Self {
        let message = error.to_string();
        match (error.key(), message.strip_prefix('`')) {
            (Some(_), Some(rest)) => Self::settings(format!("`graphql.{rest}")),
            _ => Self::settings(format!("`graphql`: {message}")),
        }
    }
}

impl From<tsk_http::Error> for Error {
    fn from(error: tsk_http::Error) -> Self {
        Self(Kind::Http(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Auth(error) => error.fmt(f),
            Kind::Config(error) => error.fmt(f),
            Kind::Console(error) => error.fmt(f),
            Kind::Http(error) => error.fmt(f),
            Kind::Health(error) => error.fmt(f),
            Kind::Metrics(error) => error.fmt(f),
            Kind::Limits(error) => error.fmt(f),
            Kind::Trace(error) => error.fmt(f),
            Kind::Admin(error) => write!(f, "the admin listener: {error}; set `admin.listen`"),
            Kind::Settings(message) => f.write_str(message),
            Kind::Signal(error) => write!(f, "cannot listen for signals: {error}"),
            Kind::Stopped => f.write_str("the service has stopped"),
        }
    }
}

/// The message too, because it is what a `main` that returns the error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Auth(error) => Some(error),
            Kind::Config(error) => Some(error),
            Kind::Console(error) => Some(error),
            Kind::Http(error) | Kind::Admin(error) => Some(error),
            Kind::Health(error) => Some(error),
            Kind::Metrics(error) => Some(error),
            Kind::Limits(error) => Some(error),
            Kind::Trace(error) => Some(error),
            Kind::Signal(error) => Some(error),
            Kind::Settings(_) | Kind::Stopped => None,
        }
    }
}
