//! Spans in the wire form of OTLP: [trace.proto] and [common.proto], field by field.
//!
//! It is written as it is read, straight from the span, because the generated types would copy every text first: see
//! decision 0027. Tests hold it against `opentelemetry-otlp`.
//!
//! [trace.proto]: https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
//! [common.proto]: https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/common/v1/common.proto

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::{Resource, trace::SpanData};

use crate::seen::nanoseconds;

mod key;
mod server;

pub(crate) use self::server::{Known, server};

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK`: the next flag has a meaning.
const KNOWS_IF_REMOTE: u32 = 0x100;
/// `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`.
const IS_REMOTE: u32 = 0x200;

/// The content of a `Span`.
pub(super) fn span(out: &mut Vec<u8>, span: &SpanData) {
    context(out, &span.span_context);
    if span.parent_span_id != SpanId::INVALID {
        bytes(out, 4, &span.parent_span_id.to_bytes());
    }
    times(out, nanoseconds(span.start_time), nanoseconds(span.end_time));
    text(out, 5, &span.name);
    let kind = match span.span_kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    };
    number(out, 6, kind);
    attributes(out, 9, &span.attributes);
    number(out, 10, span.dropped_attributes_count.into());
    for event in &span.events.events {
        nested(out, 11, |out| self::event(out, event));
    }
    number(out, 12, span.events.dropped_count.into());
    for link in &span.links.links {
        nested(out, 13, |out| self::link(out, link));
    }
    number(out, 14, span.links.dropped_count.into());
    nested(out, 15, |out| status(out, &span.status));
    let flags = flags(&span.span_context, span.parent_span_is_remote);
    fixed32(out, 16, flags);
}

/// The content of a `Resource`.
pub(super) fn resource(out: &mut Vec<u8>, resource: &Resource) {
    for (key, value) in resource {
        nested(out, 1, |out| attribute(out, key.as_str(), value));
    }
}

/// The content of an `InstrumentationScope`.
pub(super) fn scope(out: &mut Vec<u8>, scope: &InstrumentationScope) {
    text(out, 1, scope.name());
    text(out, 2, scope.version().unwrap_or_default());
    for KeyValue { key, value, .. } in scope.attributes() {
        nested(out, 3, |out| attribute(out, key.as_str(), value));
    }
}

fn context(out: &mut Vec<u8>, context: &SpanContext) {
    identifiers(out, context.trace_id().to_bytes(), context.span_id().to_bytes());
    let state = context.trace_state();
    // Most have none, and what there is must be put together.
    if *state != TraceState::NONE {
        text(out, 3, &state.header());
    }
}

fn flags(context: &SpanContext, is_remote: bool) -> u32 {
    let sampled = u32::from(context.trace_flags().to_u8());
    sampled | KNOWS_IF_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

fn event(out: &mut Vec<u8>, event: &Event) {
    moment(out, 1, nanoseconds(event.timestamp));
    text(out, 2, &event.name);
    attributes(out, 3, &event.attributes);
    number(out, 4, event.dropped_attributes_count.into());
}

fn link(out: &mut Vec<u8>, link: &Link) {
    context(out, &link.span_context);
    attributes(out, 4, &link.attributes);
    number(out, 5, link.dropped_attributes_count.into());
    fixed32(out, 6, flags(&link.span_context, link.span_context.is_remote()));
}

fn status(out: &mut Vec<u8>, status: &Status) {
    let (message, code) = match status {
        Status::Unset => ("", 0),
        Status::Ok => ("", 1),
        Status::Error { description } => (&**description, 2),
    };
    text(out, 2, message);
    number(out, 3, code);
}

fn attributes(out: &mut Vec<u8>, field: u32, attributes: &[KeyValue]) {
    for KeyValue { key, value, .. } in attributes {
        match value {
            Value::String(text) => said(out, field, key.as_str(), text.as_str()),
            _ => nested(out, field, |out| attribute(out, key.as_str(), value)),
        }
    }
}

/// A `KeyValue` with a text. Where every length has one digit, as with nearly all, they are known before they are written.
#[inline]
fn said(out: &mut Vec<u8>, field: u32, key: &str, value: &str) {
    if key.is_empty() || key.len() + value.len() > 120 {
        return nested(out, field, |out| {
            text(out, 1, key);
            nested(out, 2, |out| bytes(out, 1, value.as_bytes()));
        });
    }
    let (digit, within) = (|length: usize| length.to_le_bytes()[0], 2 + value.len());
    tag(out, field, LENGTH);
    out.extend_from_slice(&[digit(2 + key.len() + 2 + within), 0x0a, digit(key.len())]);
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(&[0x12, digit(within), 0x0a, digit(value.len())]);
    out.extend_from_slice(value.as_bytes());
}

/// The content of a `KeyValue`.
fn attribute(out: &mut Vec<u8>, key: &str, value: &Value) {
    text(out, 1, key);
    nested(out, 2, |out| any_value(out, value));
}

/// The content of an `AnyValue`, which also has what is zero or empty: it says which kind of value there is.
fn any_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Bool(value) => {
            tag(out, 2, VARINT);
            out.push(u8::from(*value));
        }
        Value::I64(value) => {
            tag(out, 3, VARINT);
            varint(out, value.cast_unsigned());
        }
        Value::F64(value) => {
            tag(out, 4, FIXED64);
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::String(value) => bytes(out, 1, value.as_str().as_bytes()),
        Value::Array(array) => nested(out, 5, |out| match array {
            Array::Bool(values) => values.iter().for_each(|value| element(out, &(*value).into())),
            Array::I64(values) => values.iter().for_each(|value| element(out, &(*value).into())),
            Array::F64(values) => values.iter().for_each(|value| element(out, &(*value).into())),
            Array::String(values) => values.iter().for_each(|value| element(out, &value.clone().into())),
            // There is no other yet; whatever comes has a text.
            other => element(out, &other.to_string().into()),
        }),
        other => bytes(out, 1, other.as_str().as_bytes()),
    }
}

fn element(out: &mut Vec<u8>, value: &Value) {
    nested(out, 1, |out| any_value(out, value));
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

/// What comes before a message of so many bytes.
pub(super) fn head(out: &mut Vec<u8>, field: u32, length: usize) {
    tag(out, field, LENGTH);
    varint(out, length as u64);
}

fn tag(out: &mut Vec<u8>, field: u32, kind: u32) {
    varint(out, (field << 3 | kind).into());
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// How many bytes a message takes within another, of a field below 16.
#[inline]
pub(super) fn message(length: usize) -> usize {
    1 + digits(length as u64) + length
}

/// How many bytes a number takes.
#[inline]
fn digits(value: u64) -> usize {
    (64 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// A message within a message, which is mostly short.
pub(super) fn nested(out: &mut Vec<u8>, field: u32, content: impl FnOnce(&mut Vec<u8>)) {
    nested_in::<1>(out, field, content);
}

/// A message within a message, whose length mostly has so many digits.
///
/// The length comes before it and is known after it. Room is left for that many; where there are others, what was written is
/// moved, which costs less than to count twice.
pub(super) fn nested_in<const DIGITS: usize>(
    out: &mut Vec<u8>,
    field: u32,
    content: impl FnOnce(&mut Vec<u8>),
) {
    tag(out, field, LENGTH);
    let length = out.len();
    out.extend_from_slice(&[0; DIGITS]);
    let start = out.len();
    content(out);
    let end = out.len();
    // The length is written behind the content, then it takes its place.
    varint(out, (end - start) as u64);
    let digits = out.len() - end;
    if digits == DIGITS {
        out.copy_within(end.., length);
        out.truncate(end);
    } else {
        out[length..].rotate_right(digits);
        out.drain(length + digits..start + digits);
    }
}

fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    head(out, field, value.len());
    out.extend_from_slice(value);
}

/// Of a field that is empty where it is not there.
pub(super) fn text(out: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        bytes(out, field, value.as_bytes());
    }
}

fn number(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        tag(out, field, VARINT);
        varint(out, value);
    }
}

fn fixed32(out: &mut Vec<u8>, field: u32, value: u32) {
    tag(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// The trace and the span of a `Span` or a `Link`.
#[inline]
fn identifiers(out: &mut Vec<u8>, trace: [u8; 16], span: [u8; 8]) {
    let mut wire = [0; 28];
    [wire[0], wire[1]] = [0x0a, 16];
    wire[2..18].copy_from_slice(&trace);
    [wire[18], wire[19]] = [0x12, 8];
    wire[20..].copy_from_slice(&span);
    out.extend_from_slice(&wire);
}

/// When a `Span` began, and when it ended.
#[inline]
fn times(out: &mut Vec<u8>, start: u64, end: u64) {
    moment(out, 7, start);
    moment(out, 8, end);
}

/// In nanoseconds since 1970.
#[inline]
fn moment(out: &mut Vec<u8>, field: u8, nanos: u64) {
    let mut wire = [0; 9];
    wire[0] = field << 3 | FIXED64.to_le_bytes()[0];
    wire[1..].copy_from_slice(&nanos.to_le_bytes());
    out.extend_from_slice(&wire);
}

#[cfg(test)]
mod tests;
