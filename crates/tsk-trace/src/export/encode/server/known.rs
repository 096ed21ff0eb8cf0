//! What spans have in common, as it was written before.

use http::Version;

use super::super::{key::Key, number, text};
use super::sendable;
use crate::{plan::Plan, record::ServerSpan, route::Method};

const METHOD: Key = Key::new("http.request.method");
const ROUTE: Key = Key::new("http.route");
const SCHEME: Key = Key::new("url.scheme");
const VERSION: Key = Key::new("network.protocol.version");
const HOST: Key = Key::new("server.address");
const PORT: Key = Key::new("server.port");
const STATUS: Key = Key::new("http.response.status_code");

/// `SPAN_KIND_SERVER`.
const SERVER: u64 = 2;
/// Of how many routes and statuses something is known at a time, a few hundred bytes each.
const MOST: usize = 256;

/// What was said of spans of late, to be said again of others: that is most of it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    commons: Vec<Common>,
    host: Host,
}

/// Name, kind and attributes, which nearly all spans of a route have in common.
#[derive(Debug, Clone, Default)]
struct Common {
    of: Option<Shape>,
    wire: Vec<u8>,
}

/// Which spans have it in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    plan: u32,
    status: u16,
    method: Method,
    version: Version,
    is_secure: bool,
}

/// A `Host` or `:authority`, as most services have one name.
#[derive(Debug, Default)]
struct Host {
    asked: Vec<u8>,
    wire: Vec<u8>,
}

impl Known {
    /// What is common to a span, by its `plan`, and to others.
    #[inline]
    pub(super) fn common(&mut self, span: &ServerSpan, plan: &Plan) -> &[u8] {
        let ServerSpan { status, method, version, is_secure, .. } = *span;
        let shape = Shape { plan: span.plan, status, method, version, is_secure };
        if self.commons.is_empty() {
            self.commons.resize(MOST, Common::default());
        }
        // A route has few statuses, and those of neighbours do not meet.
        let place = (span.plan as usize).wrapping_mul(7).wrapping_add(status.into()) % MOST;
        let known = &mut self.commons[place];
        if known.of != Some(shape) {
            known.wire.clear();
            write(&mut known.wire, shape, plan);
            known.of = Some(shape);
        }
        &known.wire
    }

    /// What is said of the host that was asked.
    #[inline]
    pub(super) fn host(&mut self, authority: &[u8]) -> &[u8] {
        let Host { asked, wire } = &mut self.host;
        if *asked != authority {
            asked.clear();
            asked.extend_from_slice(authority);
            wire.clear();
            write_host(wire, authority);
        }
        wire
    }
}

#[cold]
fn write(out: &mut Vec<u8>, shape: Shape, plan: &Plan) {
    text(out, 5, &plan.name);
    number(out, 6, SERVER);
    METHOD.text(out, shape.method.name().as_bytes());
    if !plan.template.is_empty() {
        ROUTE.text(out, plan.template.as_bytes());
    }
    SCHEME.text(out, if shape.is_secure { b"https" } else { b"http" });
    let version: &[u8] = match shape.version {
        Version::HTTP_10 => b"1.0",
        Version::HTTP_2 => b"2",
        Version::HTTP_3 => b"3",
        _ => b"1.1",
    };
    VERSION.text(out, version);
    if shape.status != 0 {
        STATUS.number(out, shape.status);
    }
}

#[cold]
fn write_host(out: &mut Vec<u8>, authority: &[u8]) {
    let authority = sendable(authority, authority.is_ascii());
    // The last colon is within the brackets of an address of IPv6, or before a port.
    let (host, port) = match authority.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !authority[colon..].contains(&b']') => {
            let port = str::from_utf8(&authority[colon + 1..]).ok().and_then(|port| port.parse().ok());
            (&authority[..colon], port)
        }
        _ => (&*authority, None),
    };
    if !authority.is_empty() {
        HOST.text(out, host);
    }
    if let Some(port) = port {
        PORT.number(out, port);
    }
}
