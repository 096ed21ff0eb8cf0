//! The span of a request, as it is handed to the thread that exports it.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, StringValue, Value,
    trace::{Event, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tsk_core::{End, Peer};

use crate::{
    plan::Plan,
    texts::{Text, Texts},
};

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

/// The span of a request that has ended: of fixed size but for what failed.
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
    pub(crate) exceptions: Vec<Exception>,
    /// The number of the route's plan, in [`Plans`](crate::plan::Plans).
    pub(crate) plan: u32,
    /// Of the answer; 0 where there was none.
    pub(crate) status: u16,
    /// How the answer ended.
    pub(crate) outcome: End,
    /// Why there is a span.
    pub(crate) kept: Kept,
    /// The method, or `_OTHER` where it is none that is known.
    pub(crate) method: &'static str,
    /// The version of HTTP, as `1.1`.
    pub(crate) version: &'static str,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// Who asked: whom the peer speaks for, where that is a proxy that is trusted.
    pub(crate) client: Option<IpAddr>,
    /// Where the request came from.
    pub(crate) peer: Peer,
    /// What it asked for, and who it says it is.
    pub(crate) texts: Texts,
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

    /// What a text of the request is.
    pub(crate) fn text(&self, kind: Text) -> String {
        String::from_utf8_lossy(self.texts.get(kind)).into_owned()
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

    /// The span in the form of the SDK, by the [semantic conventions] of HTTP servers.
    ///
    /// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
    pub(crate) fn into_span_data(self, plan: &Plan, scope: &InstrumentationScope) -> SpanData {
        let state = self.state.as_deref().and_then(|state| state.parse().ok());
        let mut events = SpanEvents::default();
        events.events = self.exceptions.iter().map(Exception::to_event).collect();
        SpanData {
            span_context: SpanContext::new(
                TraceId::from(self.trace),
                SpanId::from(self.span),
                TraceFlags::SAMPLED,
                false,
                state.unwrap_or(TraceState::NONE),
            ),
            parent_span_id: SpanId::from(self.parent),
            parent_span_is_remote: self.parent != 0,
            span_kind: SpanKind::Server,
            name: plan.name.to_string().into(),
            start_time: time(self.start),
            end_time: time(self.end),
            attributes: self.attributes(plan),
            dropped_attributes_count: 0,
            events,
            links: SpanLinks::default(),
            status: if self.is_failed() { self.error_status() } else { Status::Unset },
            instrumentation_scope: scope.clone(),
        }
    }

    fn error_status(&self) -> Status {
        let message = self.exceptions.last().map(|exception| exception.message.to_string());
        Status::error(message.unwrap_or_default())
    }

    fn attributes(&self, plan: &Plan) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(16);
        let mut add = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
        add("http.request.method", self.method.into());
        if !plan.template.is_empty() {
            add("http.route", plan.template.to_string().into());
        }
        add("url.path", self.text(Text::Path).into());
        add("url.scheme", self.scheme.into());
        for (kind, key) in [(Text::Query, "url.query"), (Text::Agent, "user_agent.original")] {
            if !self.texts.get(kind).is_empty() {
                add(key, self.text(kind).into());
            }
        }
        if let Some((host, port)) = host(&self.text(Text::Host)) {
            add("server.address", host.to_owned().into());
            if let Some(port) = port {
                add("server.port", i64::from(port).into());
            }
        }
        if let Some(client) = self.client {
            add("client.address", text_of(client).into());
        }
        if let Peer::Inet(address) = self.peer {
            if self.client != Some(address.ip()) {
                add("network.peer.address", text_of(address.ip()).into());
            }
            add("network.peer.port", i64::from(address.port()).into());
        }
        add("network.protocol.version", self.version.into());
        if self.status != 0 {
            add("http.response.status_code", i64::from(self.status).into());
        }
        if let Some(kind) = self.error_type() {
            add("error.type", kind.into());
        }
        if !self.texts.get(Text::Id).is_empty() {
            let id = vec![StringValue::from(self.text(Text::Id))];
            add("http.response.header.x-request-id", Value::Array(Array::String(id)));
        }
        if self.outcome == End::Cancelled {
            add("tsk.outcome", "cancelled".into());
        }
        match self.kept {
            Kept::Sampled => {}
            Kept::Failed => add("tsk.kept", "failed".into()),
            Kept::Slow => add("tsk.kept", "slow".into()),
        }
        attributes
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

/// An address as text. The formatting of the standard library costs as much as a fifth of a span.
fn text_of(ip: IpAddr) -> String {
    let IpAddr::V4(ip) = ip else { return ip.to_string() };
    let mut text = String::with_capacity(15);
    for (at, octet) in ip.octets().into_iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        text.push_str(itoa::Buffer::new().format(octet));
    }
    text
}

fn time(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

/// The host and the port of `Host` or `:authority`.
fn host(authority: &str) -> Option<(&str, Option<u16>)> {
    if authority.is_empty() {
        return None;
    }
    // The last colon is within the brackets of an address of IPv6, or before a port.
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Some((host, port.parse().ok())),
        _ => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_is_written_as_the_standard_library_does(ip: IpAddr) {
            prop_assert_eq!(text_of(ip), ip.to_string());
        }
    }
}
