//! The span of a request, by the [semantic conventions] of HTTP servers.
//!
//! It is written straight from the record and its texts: a span of the SDK in between would be some twenty texts of its own, made to
//! be copied once and freed.
//!
//! [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

use http::Version;
use opentelemetry::trace::TraceState;
use tsk_core::{End, Peer};

use super::{IS_REMOTE, KNOWS_IF_REMOTE, bytes, counted, event, fixed32, moment, nested, number, said, text};
use crate::{plan::Plan, record::Kept, requests::Request, texts::Text};

/// The field of a `Span` that has its attributes.
const ATTRIBUTES: u32 = 9;
/// `SPAN_KIND_SERVER`.
const SERVER: u64 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u64 = 2;
/// The flag of W3C Trace Context: what is exported was sampled.
const SAMPLED: u32 = 1;

/// The content of a `Span`.
pub(crate) fn server(out: &mut Vec<u8>, span: Request<'_>, plan: &Plan) {
    bytes(out, 1, &span.trace.to_be_bytes());
    bytes(out, 2, &span.span.to_be_bytes());
    if let Some(state) = span.state.as_deref().and_then(|state| state.parse::<TraceState>().ok()) {
        text(out, 3, &state.header());
    }
    if span.parent != 0 {
        bytes(out, 4, &span.parent.to_be_bytes());
    }
    text(out, 5, &plan.name);
    number(out, 6, SERVER);
    moment(out, 7, span.start);
    moment(out, 8, span.end);
    asked(out, span, plan);
    exchanged(out, span);
    answered(out, span);
    for exception in &span.exceptions {
        nested(out, 11, |out| event(out, &exception.to_event()));
    }
    nested(out, 15, |out| {
        if span.is_failed() {
            text(out, 2, span.exceptions.last().map_or("", |exception| &exception.message));
            number(out, 3, ERROR);
        }
    });
    fixed32(out, 16, SAMPLED | KNOWS_IF_REMOTE | if span.parent == 0 { 0 } else { IS_REMOTE });
}

/// What was asked for.
fn asked(out: &mut Vec<u8>, span: Request<'_>, plan: &Plan) {
    says(out, "http.request.method", span.method.name());
    if !plan.template.is_empty() {
        says(out, "http.route", &plan.template);
    }
    says(out, "url.path", &lossy(span.text(Text::Path)));
    says(out, "url.scheme", if span.is_secure { "https" } else { "http" });
    let query = span.text(Text::Query);
    if !query.is_empty() {
        says(out, "url.query", &lossy(query));
    }
    let agent = span.text(Text::Agent);
    if !agent.is_empty() {
        says(out, "user_agent.original", &lossy(agent));
    }
    let authority = lossy(span.text(Text::Host));
    if let Some((host, port)) = host(&authority) {
        says(out, "server.address", host);
        if let Some(port) = port {
            counts(out, "server.port", port);
        }
    }
}

/// Who asked, and how.
fn exchanged(out: &mut Vec<u8>, span: Request<'_>) {
    if let Some(client) = span.client {
        address(out, "client.address", client);
    }
    if let Peer::Inet(peer) = span.peer {
        if span.client != Some(peer.ip()) {
            address(out, "network.peer.address", peer.ip());
        }
        counts(out, "network.peer.port", peer.port());
    }
    let version = match span.version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    };
    says(out, "network.protocol.version", version);
}

/// What became of it.
fn answered(out: &mut Vec<u8>, span: Request<'_>) {
    if span.status != 0 {
        counts(out, "http.response.status_code", span.status);
    }
    if let Some(kind) = span.error_type() {
        says(out, "error.type", &kind);
    }
    let id = span.text(Text::Id);
    if !id.is_empty() {
        let id = lossy(id);
        nested(out, ATTRIBUTES, |out| {
            text(out, 1, "http.response.header.x-request-id");
            // As the conventions have it, since a field may be there more than once.
            nested(out, 2, |out| nested(out, 5, |out| nested(out, 1, |out| bytes(out, 1, id.as_bytes()))));
        });
    }
    if span.outcome == End::Cancelled {
        says(out, "tsk.outcome", "cancelled");
    }
    match span.kept {
        Kept::Sampled => {}
        Kept::Failed => says(out, "tsk.kept", "failed"),
        Kept::Slow => says(out, "tsk.kept", "slow"),
    }
}

/// An attribute that is a text.
#[inline]
fn says(out: &mut Vec<u8>, key: &str, value: &str) {
    said(out, ATTRIBUTES, key, value);
}

/// An attribute that is a number.
#[inline]
fn counts(out: &mut Vec<u8>, key: &str, value: u16) {
    counted(out, ATTRIBUTES, key, value);
}

/// An attribute that is an address. The formatting of the standard library costs as much as a fifth of a span.
fn address(out: &mut Vec<u8>, key: &str, address: IpAddr) {
    match address {
        IpAddr::V4(address) => says(out, key, dotted(address, &mut [0; 15])),
        IpAddr::V6(address) => says(out, key, &address.to_string()),
    }
}

fn dotted(address: Ipv4Addr, text: &mut [u8; 15]) -> &str {
    let mut end = 0;
    for octet in address.octets() {
        if end > 0 {
            text[end] = b'.';
            end += 1;
        }
        for unit in [100, 10, 1] {
            if octet >= unit || unit == 1 {
                text[end] = b'0' + octet / unit % 10;
                end += 1;
            }
        }
    }
    str::from_utf8(&text[..end]).expect("digits and dots")
}

/// A text as it can be sent, which nearly every one is.
fn lossy(text: &[u8]) -> Cow<'_, str> {
    str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
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
mod tests;
