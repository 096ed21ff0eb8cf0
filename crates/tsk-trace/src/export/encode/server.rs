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
use tsk_core::End;

use super::{IS_REMOTE, KNOWS_IF_REMOTE, bytes, event, fixed32, key::Key, moment, nested, number, text};
use crate::{plan::Plan, record::Kept, requests::Request, texts::Text};

const METHOD: Key = Key::new("http.request.method");
const ROUTE: Key = Key::new("http.route");
const PATH: Key = Key::new("url.path");
const SCHEME: Key = Key::new("url.scheme");
const QUERY: Key = Key::new("url.query");
const AGENT: Key = Key::new("user_agent.original");
const HOST: Key = Key::new("server.address");
const PORT: Key = Key::new("server.port");
const CLIENT: Key = Key::new("client.address");
const PEER: Key = Key::new("network.peer.address");
const PEER_PORT: Key = Key::new("network.peer.port");
const VERSION: Key = Key::new("network.protocol.version");
const STATUS: Key = Key::new("http.response.status_code");
const ERROR_TYPE: Key = Key::new("error.type");
const ID: Key = Key::new("http.response.header.x-request-id");
const OUTCOME: Key = Key::new("tsk.outcome");
const KEPT: Key = Key::new("tsk.kept");

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
    for exception in &*span.exceptions {
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
    // It is looked at once, not text by text.
    let is_ascii = span.texts().is_ascii();
    let sendable = |kind| sendable(span.text(kind), is_ascii);
    METHOD.text(out, span.method.name().as_bytes());
    if !plan.template.is_empty() {
        ROUTE.text(out, plan.template.as_bytes());
    }
    PATH.text(out, &sendable(Text::Path));
    SCHEME.text(out, if span.is_secure { b"https" } else { b"http" });
    let (query, agent) = (sendable(Text::Query), sendable(Text::Agent));
    if !query.is_empty() {
        QUERY.text(out, &query);
    }
    if !agent.is_empty() {
        AGENT.text(out, &agent);
    }
    if let Some((host, port)) = host(&sendable(Text::Host)) {
        HOST.text(out, host);
        if let Some(port) = port {
            PORT.number(out, port);
        }
    }
}

/// Who asked, and how.
fn exchanged(out: &mut Vec<u8>, span: Request<'_>) {
    if let Some(client) = span.client {
        address(out, &CLIENT, client);
    }
    if let Some((peer, port)) = span.peer {
        if span.client != Some(peer) {
            address(out, &PEER, peer);
        }
        PEER_PORT.number(out, port);
    }
    let version: &[u8] = match span.version {
        Version::HTTP_10 => b"1.0",
        Version::HTTP_2 => b"2",
        Version::HTTP_3 => b"3",
        _ => b"1.1",
    };
    VERSION.text(out, version);
}

/// What became of it.
fn answered(out: &mut Vec<u8>, span: Request<'_>) {
    if span.status != 0 {
        STATUS.number(out, span.status);
    }
    if let Some(kind) = span.error_type() {
        ERROR_TYPE.text(out, kind.as_bytes());
    }
    let id = span.text(Text::Id);
    if !id.is_empty() {
        // As the conventions have it, since a field may be there more than once.
        ID.list(out, &sendable(id, id.is_ascii()));
    }
    if span.outcome == End::Cancelled {
        OUTCOME.text(out, b"cancelled");
    }
    match span.kept {
        Kept::Sampled => {}
        Kept::Failed => KEPT.text(out, b"failed"),
        Kept::Slow => KEPT.text(out, b"slow"),
    }
}

/// The formatting of the standard library costs as much as a fifth of a span.
fn address(out: &mut Vec<u8>, key: &Key, address: IpAddr) {
    match address {
        IpAddr::V4(address) => key.text(out, dotted(address, &mut [0; 15])),
        IpAddr::V6(address) => key.text(out, address.to_string().as_bytes()),
    }
}

fn dotted(address: Ipv4Addr, text: &mut [u8; 15]) -> &[u8] {
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
    &text[..end]
}

/// A text as it may be sent, which has to be UTF-8.
#[inline]
fn sendable(text: &[u8], is_ascii: bool) -> Cow<'_, [u8]> {
    if is_ascii { Cow::Borrowed(text) } else { readable(text) }
}

#[cold]
fn readable(text: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The host and the port of `Host` or `:authority`.
fn host(authority: &[u8]) -> Option<(&[u8], Option<u16>)> {
    if authority.is_empty() {
        return None;
    }
    // The last colon is within the brackets of an address of IPv6, or before a port.
    match authority.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !authority[colon..].contains(&b']') => {
            let port = str::from_utf8(&authority[colon + 1..]).ok().and_then(|port| port.parse().ok());
            Some((&authority[..colon], port))
        }
        _ => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests;
