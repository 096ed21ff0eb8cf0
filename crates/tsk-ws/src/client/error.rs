//! Why there is no socket.

use std::{fmt, io, sync::Arc, time::Duration};

use http::StatusCode;

/// Why there is no socket. Its message is one line.
#[derive(Debug, Clone)]
pub struct Error(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Setting(Box<str>),
    Connect(Arc<io::Error>),
    Tls(Arc<io::Error>),
    TimedOut(&'static str),
    Exchange(Arc<io::Error>),
    Refused(StatusCode, Option<Duration>),
    Wrong(&'static str),
    TooLarge(usize),
}

impl Error {
    pub(crate) fn setting(message: impl Into<Box<str>>) -> Self {
        Self(Kind::Setting(message.into()))
    }

    pub(super) fn connect(error: io::Error) -> Self {
        Self(Kind::Connect(Arc::new(error)))
    }

    pub(super) fn tls(error: io::Error) -> Self {
        Self(Kind::Tls(Arc::new(error)))
    }

    pub(super) fn timed_out(what: &'static str) -> Self {
        Self(Kind::TimedOut(what))
    }

    pub(super) fn exchange(error: io::Error) -> Self {
        Self(Kind::Exchange(Arc::new(error)))
    }

    pub(super) fn refused(status: StatusCode, retry_after: Option<Duration>) -> Self {
        Self(Kind::Refused(status, retry_after))
    }

    pub(super) fn wrong(what: &'static str) -> Self {
        Self(Kind::Wrong(what))
    }

    pub(super) fn too_large(limit: usize) -> Self {
        Self(Kind::TooLarge(limit))
    }

    /// Whether what was asked for, or a setting, makes no sense: it will make none the next time either.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting(_))
    }

    /// Whether there was no connection.
    pub fn is_connect(&self) -> bool {
        matches!(self.0, Kind::Connect(_))
    }

    /// Whether TLS failed, as where the server's certificate is not trusted.
    pub fn is_tls(&self) -> bool {
        matches!(self.0, Kind::Tls(_))
    }

    /// Whether a deadline passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::TimedOut(_))
    }

    /// Whether what answered does not speak the protocol, or breaks it.
    pub fn is_fault(&self) -> bool {
        matches!(self.0, Kind::Wrong(_) | Kind::TooLarge(_))
    }

    /// What the server answered instead of opening a socket.
    pub fn status(&self) -> Option<StatusCode> {
        match self.0 {
            Kind::Refused(status, _) => Some(status),
            _ => None,
        }
    }

    /// After what time the server wants to be asked again, where it refused and said so in seconds (RFC 9110 §10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0 {
            Kind::Refused(_, retry_after) => retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Setting(message) => f.write_str(message),
            Kind::Connect(error) => write!(f, "there is no connection: {error}"),
            Kind::Tls(error) => write!(f, "TLS failed: {error}"),
            Kind::TimedOut(what) => write!(f, "{what} took too long"),
            Kind::Exchange(error) => write!(f, "the connection broke before the server answered: {error}"),
            Kind::Refused(status, _) => write!(f, "the server answered {status} instead of opening a socket"),
            Kind::Wrong(what) => write!(f, "the server does not speak WebSocket: {what}"),
            Kind::TooLarge(limit) => {
                write!(f, "the head of the server's answer is longer than {limit} bytes")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Connect(error) | Kind::Tls(error) | Kind::Exchange(error) => Some(&**error),
            _ => None,
        }
    }
}
