//! The span of an operation, by the conventions of OpenTelemetry for servers of GraphQL.

use tracing::Span;
use tracing::field::Empty;

use crate::{operation::Operation, schema::Found, write};

/// The bytes of a document that are in a span.
const LONGEST: usize = 4_096;

/// The span of an operation, a child of that of the request. It is called by its type, and by its name as far as that is one of those
/// that are counted: clients make names up, and collectors keep what spans are called.
pub(crate) fn of(operation: &Operation) -> Span {
    let kind = operation.type_name();
    let span = tracing::info_span!(
        "operation",
        otel.name = Empty,
        otel.status_code = Empty,
        graphql.operation.type = kind,
        graphql.operation.name = Empty,
        graphql.document = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    match operation.name.as_deref() {
        Some(name) => {
            span.record("graphql.operation.name", name);
            match operation.counted_as == name {
                true => span.record("otel.name", format_args!("{kind} {name}")),
                false => span.record("otel.name", kind),
            };
        }
        None => {
            span.record("otel.name", kind);
        }
    }
    if operation.is_document_traced {
        let document = operation.document();
        let end = (0..=LONGEST.min(document.len())).rev().find(|at| document.is_char_boundary(*at));
        span.record("graphql.document", &document[..end.unwrap_or_default()]);
    }
    span
}

/// Says that something is wrong here, if it is. What clients are told of is their concern.
pub(crate) fn found(span: &Span, (_, errors): &Found) {
    if !span.is_disabled() && !errors.iter().all(write::is_told) {
        span.record("otel.status_code", "ERROR");
    }
}
