//! How a line is written.

use std::{
    io::Write as _,
    net::IpAddr,
    time::{Duration, Instant},
};

use http::{HeaderName, HeaderValue, Method, Version, header};
use tsk_core::{End, Head, Outcome, RequestContext};

use super::{
    clock::{Clock, Time, digits},
    config::Format,
    escape::{MAX_TEXT, escaped, is_plain_and_no_url},
    redact::Secrets,
    tail::Tail,
};

/// What a line says of the answer, and of whom it was for.
pub(super) struct Answered<'a> {
    pub(super) context: &'a RequestContext,
    /// What a line says of the [route].
    pub(super) route: &'a [u8],
    pub(super) outcome: &'a Outcome,
    /// The share of such requests that is logged.
    pub(super) sample: f64,
}

/// How lines look, and what they must not show.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) format: Format,
    pub(super) secrets: Secrets,
    pub(super) headers: Vec<(HeaderName, Label)>,
}

/// What is before a value in a line of JSON.
#[derive(Debug)]
pub(super) struct Label(Box<str>);

impl Label {
    /// Of the value of a header field.
    pub(super) fn new(name: &HeaderName) -> Self {
        Self(format!("\",\"{}\":\"", name.as_str().replace('-', "_")).into())
    }
}

impl Style {
    /// Writes what there is to say before the answer: the end of the line. What is said of its fields may be in `tail`.
    pub(super) fn request(&self, head: &Head<'_>, tail: Option<&Tail>, line: &mut Vec<u8>) {
        match self.format {
            Format::Json => self.json_target(head, line),
            Format::Text => self.text_target(head, line),
        }
        let fields = |line: &mut Vec<u8>| match self.format {
            Format::Json => self.json_fields(head, line),
            Format::Text => self.text_fields(head, line),
        };
        match tail {
            Some(tail) => tail.append(line, fields),
            None => fields(line),
        }
    }

    /// Whether lines say the same of requests with the same fields, of which the length of a body is none.
    pub(super) fn is_of_fields(&self) -> bool {
        self.headers.iter().all(|(name, _)| name != header::CONTENT_LENGTH)
    }

    /// Writes the whole line, with what [`request`](Self::request) wrote as its end.
    pub(super) fn line(
        &self,
        answered: &Answered<'_>,
        request: &[u8],
        clock: &mut Clock,
        line: &mut Vec<u8>,
    ) {
        match self.format {
            Format::Json => json_answer(answered, clock, line),
            Format::Text => text_answer(answered, clock, line),
        }
        line.extend_from_slice(request);
        line.push(b'\n');
    }

    /// Writes that so many lines were lost.
    pub(super) fn dropped(&self, count: u64, clock: &mut Clock, line: &mut Vec<u8>) {
        match self.format {
            Format::Json => {
                line.extend_from_slice(b"{\"time\":\"");
                line.extend_from_slice(&clock.at(Instant::now()));
                line.extend_from_slice(b"\",\"dropped\":");
                number(count, line);
                line.push(b'}');
            }
            Format::Text => {
                line.extend_from_slice(&clock.at(Instant::now()));
                line.extend_from_slice(b" dropped ");
                number(count, line);
                line.extend_from_slice(b" lines");
            }
        }
        line.push(b'\n');
    }

    fn json_target(&self, head: &Head<'_>, line: &mut Vec<u8>) {
        // What is usual is written in one piece.
        if *head.method == Method::GET {
            line.extend_from_slice(b",\"method\":\"GET\",\"path\":\"");
        } else {
            line.extend_from_slice(b",\"method\":\"");
            method(head.method, line);
            line.extend_from_slice(b"\",\"path\":\"");
        }
        escaped(head.uri.path().as_bytes(), line);
        if let Some(query) = head.uri.query() {
            line.extend_from_slice(b"\",\"query\":\"");
            self.query(query, line);
        }
        if head.version == Version::HTTP_11 {
            line.extend_from_slice(b"\",\"protocol\":\"HTTP/1.1");
        } else {
            line.extend_from_slice(b"\",\"protocol\":\"");
            line.extend_from_slice(protocol(head.version).as_bytes());
        }
    }

    fn json_fields(&self, head: &Head<'_>, line: &mut Vec<u8>) {
        line.extend_from_slice(b"\",\"peer\":\"");
        address(head.context.peer().ip(), line);
        if let Some(client) = proxied(head) {
            line.extend_from_slice(b"\",\"client\":\"");
            address(Some(client), line);
        }
        for (name, Label(label)) in &self.headers {
            if let Some(value) = head.headers.get(name) {
                line.extend_from_slice(label.as_bytes());
                self.header(value, line);
            }
        }
        line.extend_from_slice(b"\"}");
    }

    fn text_target(&self, head: &Head<'_>, line: &mut Vec<u8>) {
        method(head.method, line);
        line.push(b' ');
        escaped(head.uri.path().as_bytes(), line);
        if let Some(query) = head.uri.query() {
            line.push(b'?');
            self.query(query, line);
        }
        line.push(b' ');
    }

    fn text_fields(&self, head: &Head<'_>, line: &mut Vec<u8>) {
        if let Some(client) = proxied(head) {
            address(Some(client), line);
            line.extend_from_slice(b" via ");
        }
        address(head.context.peer().ip(), line);
        for (name, _) in &self.headers {
            line.extend_from_slice(b" \"");
            if let Some(value) = head.headers.get(name) {
                self.header(value, line);
            }
            line.push(b'"');
        }
    }

    fn query(&self, query: &str, line: &mut Vec<u8>) {
        let mut room = MAX_TEXT;
        self.secrets.pieces(query, |piece| {
            let bytes = &piece.as_bytes()[..piece.len().min(room)];
            room -= bytes.len();
            escaped(bytes, line);
        });
    }

    /// A header value; one that is a URL may have secrets in its query.
    fn header(&self, value: &HeaderValue, line: &mut Vec<u8>) {
        let value = value.as_bytes();
        if is_plain_and_no_url(value) {
            line.extend_from_slice(value);
            return;
        }
        match memchr::memchr(b'?', value) {
            Some(mark) => {
                escaped(&value[..mark], line);
                line.push(b'?');
                self.query(&String::from_utf8_lossy(&value[mark + 1..]), line);
            }
            None => escaped(value, line),
        }
    }
}

fn json_answer(answered: &Answered<'_>, clock: &mut Clock, line: &mut Vec<u8>) {
    let Answered { context, route, outcome, sample } = answered;
    line.extend_from_slice(&json_start(&clock.at(outcome.at), status(outcome)));
    number(micros(outcome.duration), line);
    line.extend_from_slice(b",\"bytes\":");
    number(outcome.sent, line);
    if outcome.end != End::Complete {
        line.extend_from_slice(b",\"end\":\"");
        line.extend_from_slice(end(outcome.end).as_bytes());
        line.push(b'"');
    }
    line.extend_from_slice(route);
    line.extend_from_slice(context.request_id().as_bytes());
    line.push(b'"');
    if let Some(trace) = context.trace() {
        line.extend_from_slice(b",\"trace_id\":\"");
        hex(trace.id.to_be_bytes(), line);
        line.extend_from_slice(b"\",\"span_id\":\"");
        hex(trace.span.to_be_bytes(), line);
        line.push(b'"');
    }
    if let Some(principal) = context.principal() {
        line.extend_from_slice(b",\"principal\":\"");
        escaped(principal.id().as_bytes(), line);
        line.push(b'"');
    }
    if *sample < 1.0 {
        let _ = write!(line, ",\"sample\":{sample}");
    }
}

fn text_answer(answered: &Answered<'_>, clock: &mut Clock, line: &mut Vec<u8>) {
    let Answered { context, outcome, .. } = answered;
    line.extend_from_slice(&clock.at(outcome.at));
    line.push(b' ');
    line.extend_from_slice(&digits(status(outcome).into()));
    line.push(b' ');
    number(micros(outcome.duration), line);
    line.extend_from_slice("µs ".as_bytes());
    number(outcome.sent, line);
    line.extend_from_slice(b"B ");
    if outcome.end != End::Complete {
        line.extend_from_slice(end(outcome.end).as_bytes());
        line.push(b' ');
    }
    line.extend_from_slice(context.request_id().as_bytes());
    line.push(b' ');
}

/// The beginning of a line, which has the same length in each.
///
/// Written so that compilers copy it in few pieces: each piece that is added to a line by itself asks whether there is room.
fn json_start(time: &Time, status: u16) -> [u8; 62] {
    let mut start = *b"{\"time\":\"2000-01-01T00:00:00.000Z\",\"status\":000,\"duration_us\":";
    start[9..33].copy_from_slice(time);
    start[44..47].copy_from_slice(&digits(status.into()));
    start
}

/// What a line of JSON says of a route, of which this is the template, as far as the identifier of the request.
pub(super) fn route(template: &str) -> Vec<u8> {
    let mut text = Vec::new();
    if !template.is_empty() {
        text.extend_from_slice(b",\"route\":\"");
        escaped(template.as_bytes(), &mut text);
        text.push(b'"');
    }
    text.extend_from_slice(b",\"request_id\":\"");
    text
}

/// The status; 499 where there was none, because the client had gone.
fn status(outcome: &Outcome) -> u16 {
    outcome.status.map_or(499, |status| status.as_u16())
}

fn end(end: End) -> &'static str {
    match end {
        End::Complete => "complete",
        End::Failed => "failed",
        End::Cancelled => "cancelled",
    }
}

/// A method is a token (RFC 9110 §9.1), in which there is nothing to escape.
fn method(method: &Method, line: &mut Vec<u8>) {
    line.extend_from_slice(method.as_str().as_bytes());
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn number(value: u64, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The two digits of each byte.
///
/// Written so that compilers make one instruction of an operation on all of them.
fn hex<const N: usize>(bytes: [u8; N], line: &mut Vec<u8>) {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    let digits = bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    line.extend_from_slice(digits.as_flattened());
}

/// For whom the peer speaks, if it is a proxy that is trusted.
fn proxied(head: &Head<'_>) -> Option<IpAddr> {
    if !head.context.scope().is_trusted() {
        return None;
    }
    head.client().filter(|client| Some(*client) != head.context.peer().ip())
}

fn address(address: Option<IpAddr>, line: &mut Vec<u8>) {
    match address {
        Some(IpAddr::V4(address)) => {
            let mut text = [0; "255.255.255.255.".len()];
            let mut at = 0;
            for octet in address.octets() {
                let (digits, count) = OCTETS[usize::from(octet)];
                text[at..at + digits.len()].copy_from_slice(&digits);
                at += count;
            }
            // There is no dot behind the last.
            line.extend_from_slice(&text[..at - 1]);
        }
        Some(IpAddr::V6(address)) => {
            let _ = write!(line, "{address}");
        }
        None => line.extend_from_slice(b"local"),
    }
}

/// The digits of each byte with a dot behind them, and how many that are.
const OCTETS: [([u8; 4], usize); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut octet = 0;
    while octet < octets.len() {
        let (digits, count) = &mut octets[octet];
        let mut unit = if octet > 99 {
            100
        } else if octet > 9 {
            10
        } else {
            1
        };
        while unit > 0 {
            digits[*count] = b'0' + (octet / unit % 10) as u8;
            *count += 1;
            unit /= 10;
        }
        *count += 1;
        octet += 1;
    }
    octets
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_line_begins_with_the_time_and_the_status() {
        let start = json_start(b"2026-11-27T16:59:31.042Z", 499);
        let expected = "{\"time\":\"2026-11-27T16:59:31.042Z\",\"status\":499,\"duration_us\":";
        assert_eq!(str::from_utf8(&start).unwrap(), expected);
    }
}
