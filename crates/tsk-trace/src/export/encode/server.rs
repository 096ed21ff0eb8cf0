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

use opentelemetry::trace::TraceState;
use tsk_core::End;

use super::{
    IS_REMOTE, KNOWS_IF_REMOTE, bytes, event, fixed32, identifiers, key::Key, nested, number, text, times,
};
use crate::{plan::Plan, record::Kept, requests::Request, texts::Text};

mod known;

pub(crate) use known::Known;

const PATH: Key = Key::new("url.path");
const QUERY: Key = Key::new("url.query");
const AGENT: Key = Key::new("user_agent.original");
const CLIENT: Key = Key::new("client.address");
const PEER: Key = Key::new("network.peer.address");
const PEER_PORT: Key = Key::new("network.peer.port");
const ERROR_TYPE: Key = Key::new("error.type");
const ID: Key = Key::new("http.response.header.x-request-id");
const OUTCOME: Key = Key::new("tsk.outcome");
const KEPT: Key = Key::new("tsk.kept");

/// `STATUS_CODE_ERROR`.
const ERROR: u64 = 2;
/// The flag of W3C Trace Context: what is exported was sampled.
const SAMPLED: u32 = 1;

/// The content of a `Span`.
pub(crate) fn server(out: &mut Vec<u8>, span: Request<'_>, plan: &Plan, known: &mut Known) {
    identified(out, span);
    out.extend_from_slice(known.common(&span, plan));
    out.extend_from_slice(known.host(span.text(Text::Host)));
    asked(out, span);
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

/// Which span it is, and when it was.
fn identified(out: &mut Vec<u8>, span: Request<'_>) {
    identifiers(out, span.trace.to_be_bytes(), span.span.to_be_bytes());
    if let Some(state) = span.state.as_deref().and_then(|state| state.parse::<TraceState>().ok()) {
        text(out, 3, &state.header());
    }
    if span.parent != 0 {
        bytes(out, 4, &span.parent.to_be_bytes());
    }
    times(out, span.start, span.end);
}

/// What was asked for.
fn asked(out: &mut Vec<u8>, span: Request<'_>) {
    // It is looked at once, not text by text.
    let is_ascii = span.texts().is_ascii();
    let sendable = |kind| sendable(span.text(kind), is_ascii);
    PATH.text(out, &sendable(Text::Path));
    let (query, agent) = (sendable(Text::Query), sendable(Text::Agent));
    if !query.is_empty() {
        QUERY.text(out, &query);
    }
    if !agent.is_empty() {
        AGENT.text(out, &agent);
    }
}

/// Who asked.
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
}

/// What became of it.
fn answered(out: &mut Vec<u8>, span: Request<'_>) {
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
        IpAddr::V4(address) => key.text(out, dotted(address, &mut [0; 16])),
        IpAddr::V6(address) => key.text(out, address.to_string().as_bytes()),
    }
}

fn dotted(address: Ipv4Addr, text: &mut [u8; 16]) -> &[u8] {
    let mut end = 0;
    for octet in address.octets() {
        let [digits @ .., length] = OCTETS[usize::from(octet)];
        text[end..end + 3].copy_from_slice(&digits);
        end += usize::from(length);
        text[end] = b'.';
        end += 1;
    }
    &text[..end - 1]
}

/// Each octet in decimal digits, and how many there are.
const OCTETS: [[u8; 4]; 256] = {
    let mut octets = [[0; 4]; 256];
    let mut octet = 0;
    while octet < 256 {
        let digits = [octet / 100, octet / 10 % 10, octet % 10];
        let length = if octet >= 100 { 3 } else { 1 + (octet >= 10) as usize };
        let mut at = 0;
        while at < length {
            octets[octet][at] = b'0' + digits[3 - length + at] as u8;
            at += 1;
        }
        octets[octet][3] = length as u8;
        octet += 1;
    }
    octets
};

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

#[cfg(test)]
mod tests;
