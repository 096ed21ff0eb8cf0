//! Why a client of rooms cannot do something.

use std::{fmt, sync::Arc};

use crate::rooms::phoenix::Payload;

/// Why something was not done, or may not have been. Its message is one line.
#[derive(Debug, Clone)]
pub struct Error(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Setting(Box<str>),
    Full(&'static str),
    Dropped,
    TimedOut { is_sent: bool },
    Refused { reason: Box<str>, response: Payload<'static> },
    Unanswered,
    Taken,
    Closed(Arc<str>),
}

impl Error {
    pub(super) fn setting(message: impl Into<Box<str>>) -> Self {
        Self(Kind::Setting(message.into()))
    }

    pub(super) fn full(what: &'static str) -> Self {
        Self(Kind::Full(what))
    }

    pub(super) fn dropped() -> Self {
        Self(Kind::Dropped)
    }

    pub(super) fn timed_out(is_sent: bool) -> Self {
        Self(Kind::TimedOut { is_sent })
    }

    /// `response` is what the server says about it.
    pub(super) fn refused(response: Payload<'static>) -> Self {
        #[derive(serde::Deserialize)]
        struct Reason {
            reason: Box<str>,
        }
        let reason = match &response {
            Payload::Json(json) => serde_json::from_str(json.get()).ok().map(|Reason { reason }| reason),
            Payload::Binary(_) => None,
        };
        Self(Kind::Refused { reason: reason.unwrap_or_default(), response })
    }

    pub(super) fn unanswered() -> Self {
        Self(Kind::Unanswered)
    }

    pub(super) fn taken() -> Self {
        Self(Kind::Taken)
    }

    pub(super) fn closed(why: impl Into<Arc<str>>) -> Self {
        Self(Kind::Closed(why.into()))
    }

    /// Whether a setting, or what was to be said, makes no sense.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting(_))
    }

    /// Whether as much waits as may, or there are as many rooms as may be. Nothing was done.
    pub fn is_full(&self) -> bool {
        matches!(self.0, Kind::Full(_))
    }

    /// Whether it waited, and was given up for something newer. Nothing was done.
    pub fn is_dropped(&self) -> bool {
        matches!(self.0, Kind::Dropped)
    }

    /// Whether there was no answer in time; [`is_sent`](Self::is_sent) says whether it may have been done.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::TimedOut { .. })
    }

    /// Whether it may have been done all the same: it was sent, and nobody knows what became of it.
    pub fn is_sent(&self) -> bool {
        matches!(self.0, Kind::TimedOut { is_sent: true } | Kind::Unanswered)
    }

    /// Whether the server refuses; [`reason`](Self::reason) is what it says.
    pub fn is_refused(&self) -> bool {
        matches!(self.0, Kind::Refused { .. })
    }

    /// Why the server refuses, as in `unauthorized`; empty where it does not say.
    pub fn reason(&self) -> Option<&str> {
        match &self.0 {
            Kind::Refused { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// All that the server says about it.
    pub fn response(&self) -> Option<&Payload<'static>> {
        match &self.0 {
            Kind::Refused { response, .. } => Some(response),
            _ => None,
        }
    }

    /// Whether this client has the room joined already.
    pub fn is_taken(&self) -> bool {
        matches!(self.0, Kind::Taken)
    }

    /// Whether the room was left, or the client is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.0, Kind::Closed(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Setting(message) => f.write_str(message),
            Kind::Full(what) => f.write_str(what),
            Kind::Dropped => f.write_str("it waited to be sent, and was given up for something newer"),
            Kind::TimedOut { is_sent: false } => f.write_str("it could not be sent in time"),
            Kind::TimedOut { is_sent: true } => f.write_str("there was no answer in time"),
            Kind::Refused { reason, .. } if reason.is_empty() => f.write_str("the server refuses"),
            Kind::Refused { reason, .. } => write!(f, "the server refuses: {reason}"),
            Kind::Unanswered => {
                f.write_str("the connection was lost before there was an answer, and it cannot be sent again")
            }
            Kind::Taken => f.write_str("this client has joined the room already"),
            Kind::Closed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}
