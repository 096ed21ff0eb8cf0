//! The span of a request, as it is handed to the thread that exports it.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Version;
use opentelemetry::{KeyValue, trace::Event};
use tsk_core::End;

use crate::route::Method;

/// Why there is a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kept {
    /// It was sampled before it began.
    Sampled,
    /// It was not, and failed.
    Failed,
    /// It was not, and took longer than it should.
    Slow,
}

/// An error that a request met with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    /// When, in nanoseconds since 1970.
    pub(crate) at: u64,
    /// What kind of error: the type where it is known, else where it was logged.
    pub(crate) kind: Box<str>,
    /// What it says.
    pub(crate) message: Box<str>,
    /// What caused it, from the outermost to the innermost.
    pub(crate) causes: Box<[Box<str>]>,
}

/// The span of a request that has ended: of fixed size but for what failed. Its texts are beside it, in [`Requests`].
///
/// It is written by one thread and read by another, so that every byte of it is a cost.
///
/// [`Requests`]: crate::requests::Requests
#[derive(Debug, Clone)]
pub(crate) struct ServerSpan {
    /// Of the trace.
    pub(crate) trace: u128,
    /// Of this span.
    pub(crate) span: u64,
    /// Of the caller's span; 0 where the trace begins here.
    pub(crate) parent: u64,
    /// When the head of the request had been read, in nanoseconds since 1970.
    pub(crate) start: u64,
    /// When the answer had ended, in nanoseconds since 1970.
    pub(crate) end: u64,
    /// What the caller's vendors keep in the trace.
    pub(crate) state: Option<Arc<str>>,
    /// Errors on the way, in their order.
    pub(crate) exceptions: Box<[Exception]>,
    /// The number of the route's plan, in [`Plans`](crate::plan::Plans).
    pub(crate) plan: u32,
    /// Of the answer; 0 where there was none.
    pub(crate) status: u16,
    /// How the answer ended.
    pub(crate) outcome: End,
    /// Why there is a span.
    pub(crate) kept: Kept,
    /// The method.
    pub(crate) method: Method,
    /// The version of HTTP.
    pub(crate) version: Version,
    /// Whether what was asked for is an address of `https`.
    pub(crate) is_secure: bool,
    /// Who asked: whom the peer speaks for, where that is a proxy that is trusted.
    pub(crate) client: Option<IpAddr>,
    /// Where the request came from, and by which port, if that has an address.
    pub(crate) peer: Option<(IpAddr, u16)>,
}

impl ServerSpan {
    /// How long the request took.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_nanos(self.end.saturating_sub(self.start))
    }

    /// Whether the server is at fault.
    pub(crate) fn is_failed(&self) -> bool {
        self.status >= 500 || self.outcome == End::Failed
    }

    /// `error.type`: the status of an answer that is an error, or else what broke it off.
    pub(crate) fn error_type(&self) -> Option<String> {
        match (self.outcome, self.exceptions.last()) {
            _ if self.status >= 500 => Some(self.status.to_string()),
            (End::Failed, Some(exception)) => Some(exception.kind.to_string()),
            (End::Failed, None) => Some("failed".into()),
            // That nobody waited for the rest is not the server's fault.
            (End::Cancelled | End::Complete, _) => None,
        }
    }
}

impl Exception {
    /// The event of an [exception].
    ///
    /// [exception]: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    pub(crate) fn to_event(&self) -> Event {
        Event::new("exception", time(self.at), self.attributes(), 0)
    }

    /// What the event says.
    pub(crate) fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("exception.type", self.kind.to_string()),
            KeyValue::new("exception.message", self.message.to_string()),
        ];
        if !self.causes.is_empty() {
            attributes.push(KeyValue::new("exception.stacktrace", self.causes.join("\n")));
        }
        attributes
    }
}

fn time(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}
