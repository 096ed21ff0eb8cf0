//! Why a socket ended.

use std::{fmt, io, sync::Arc};

use crate::CloseCode;

/// Why a socket ended, or was never opened. Its message is one line.
#[derive(Debug, Clone)]
pub struct Error(Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// The client broke a rule of the protocol, or one of ours.
    Fault(Fault),
    /// The system says that the connection is broken.
    Io(Arc<io::Error>),
    /// The other end was not heard of within a deadline, or took nothing.
    TimedOut(&'static str),
    /// The socket is closed, or being closed.
    Closed,
    /// More is queued than the socket may hold.
    Full,
    /// HTTP did not hand the connection over.
    Upgrade(Arc<hyper::Error>),
    /// A setting makes no sense.
    Setting(&'static str, Box<str>),
}

/// What the other end did wrong, with the code to close with (RFC 6455 §7.4.1) and the reason that it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

impl Fault {
    /// It does not speak the protocol: 1002.
    pub(crate) const fn protocol(reason: &'static str) -> Self {
        Self { code: CloseCode::Protocol, reason }
    }

    /// What it says is text is none: 1007.
    pub(crate) const fn invalid(reason: &'static str) -> Self {
        Self { code: CloseCode::Invalid, reason }
    }

    /// It does what is not allowed here: 1008.
    pub(crate) const fn policy(reason: &'static str) -> Self {
        Self { code: CloseCode::Policy, reason }
    }

    /// It sends more than is taken: 1009.
    pub(crate) const fn size(reason: &'static str) -> Self {
        Self { code: CloseCode::Size, reason }
    }
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(kind)
    }

    pub(crate) fn setting(key: &'static str, message: impl Into<Box<str>>) -> Self {
        Self(Kind::Setting(key, message.into()))
    }

    /// Whether the socket was closed already.
    pub fn is_closed(&self) -> bool {
        matches!(self.0, Kind::Closed)
    }

    /// Whether more was queued than the socket may hold: the other end is too slow for what it is sent.
    pub fn is_full(&self) -> bool {
        matches!(self.0, Kind::Full)
    }

    /// Whether the other end broke a rule; [`code`](Self::code) says which.
    pub fn is_fault(&self) -> bool {
        matches!(self.0, Kind::Fault(_))
    }

    /// Whether the other end was not heard of, or took nothing, for too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::TimedOut(_))
    }

    /// The code that the other end was told for what it did wrong.
    pub fn code(&self) -> Option<CloseCode> {
        match self.0 {
            Kind::Fault(fault) => Some(fault.code),
            _ => None,
        }
    }

    /// The setting that is at fault, as in `ws.max_message`, if one is.
    pub fn key(&self) -> Option<&'static str> {
        match self.0 {
            Kind::Setting(key, _) => Some(key),
            _ => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self(Kind::Fault(fault))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self(Kind::Io(Arc::new(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fault(Fault { code, reason }) => {
                write!(f, "the other end was closed with {code}: {reason}")
            }
            Kind::Io(error) => write!(f, "the connection is broken: {error}"),
            Kind::TimedOut(what) => f.write_str(what),
            Kind::Closed => f.write_str("the socket is closed"),
            Kind::Full => f.write_str("more is queued than the socket may hold"),
            Kind::Upgrade(error) => write!(f, "the connection was not handed over: {error}"),
            Kind::Setting(key, message) => write!(f, "`{key}`: {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Io(error) => Some(&**error),
            Kind::Upgrade(error) => Some(&**error),
            _ => None,
        }
    }
}
