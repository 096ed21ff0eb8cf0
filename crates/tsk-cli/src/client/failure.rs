//! Why there is no answer.

use std::fmt;

use serde::Serialize;

/// At which step it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The name has no address.
    Resolve,
    /// Nothing takes connections there.
    Connect,
    /// The handshake of TLS.
    Tls,
    /// It took longer than it may.
    Timeout,
    /// The connection ended before the answer did.
    Closed,
    /// What came is no HTTP.
    Protocol,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Resolve => "name not found",
            Reason::Connect => "not connected",
            Reason::Tls => "TLS failed",
            Reason::Timeout => "timed out",
            Reason::Closed => "connection closed",
            Reason::Protocol => "not HTTP",
        })
    }
}

/// Why there is no answer, and what the system says of it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    message: String,
    is_unsent: bool,
}

impl Failure {
    pub(crate) fn new(reason: Reason, message: impl fmt::Display) -> Failure {
        Failure { reason, message: message.to_string(), is_unsent: false }
    }

    /// Whether the request never left, so that it may be sent again on another connection.
    pub(crate) fn is_unsent(&self) -> bool {
        self.is_unsent
    }

    /// The same, of a request that never left.
    pub(super) fn unsent(self) -> Failure {
        Failure { is_unsent: true, ..self }
    }

    pub(super) fn of_hyper(error: &hyper::Error) -> Failure {
        let reason = if error.is_parse() { Reason::Protocol } else { Reason::Closed };
        let message = match reason {
            Reason::Protocol => format!("it does not speak HTTP/1.1: {error}"),
            _ => "the connection was closed before the answer was complete".to_owned(),
        };
        Failure::new(reason, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
