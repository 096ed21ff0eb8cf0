//! Spans that are sent together.

use std::ops::Range;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::encode;
use crate::{plan::Plan, requests::Request};

/// Encoded spans, which can be sent in one request or, where the collector takes no large ones, in several.
#[derive(Debug)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    spans: Vec<Piece>,
    /// Who made the spans: the first of them those of requests.
    scopes: Vec<InstrumentationScope>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where the span ends in the bytes, and so where the next begins.
    end: usize,
    scope: usize,
}

impl Batch {
    /// An empty one, where the spans of requests are by `scope`.
    pub(super) fn new(scope: InstrumentationScope) -> Self {
        Self { bytes: Vec::new(), spans: Vec::new(), scopes: vec![scope] }
    }

    /// An empty one that has room for as much as another took.
    pub(super) fn after(other: &Self) -> Self {
        Self {
            bytes: Vec::with_capacity(other.bytes.len()),
            spans: Vec::with_capacity(other.spans.len()),
            scopes: other.scopes[..1].to_vec(),
        }
    }

    /// Adds the span of a request.
    pub(super) fn push_request(&mut self, span: Request<'_>, plan: &Plan) {
        encode::nested_in::<2>(&mut self.bytes, SPANS, |out| encode::server(out, span, plan));
        self.spans.push(Piece { end: self.bytes.len(), scope: 0 });
    }

    /// Adds a span.
    pub(super) fn push(&mut self, span: &SpanData) {
        let scope = &span.instrumentation_scope;
        // There are few, and mostly it is the one of the span before.
        let known = self.scopes.iter().rposition(|known| known == scope);
        let scope = known.unwrap_or_else(|| {
            self.scopes.push(scope.clone());
            self.scopes.len() - 1
        });
        encode::nested_in::<2>(&mut self.bytes, SPANS, |out| encode::span(out, span));
        self.spans.push(Piece { end: self.bytes.len(), scope });
    }

    /// How many spans there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// How large some of the spans are together.
    pub(super) fn size(&self, spans: Range<usize>) -> usize {
        self.start(spans.end) - self.start(spans.start)
    }

    /// The `ExportTraceServiceRequest` with some of the spans.
    pub(super) fn request(&self, head: &ResourceHead, spans: Range<usize>) -> Vec<u8> {
        // Whose spans there are, with what comes before them, and how much follows.
        let mut groups: Vec<(usize, Vec<u8>, usize)> = Vec::with_capacity(self.scopes.len());
        for (index, scope) in self.scopes.iter().enumerate() {
            let size: usize = self.pieces(index, spans.clone()).map(<[u8]>::len).sum();
            if size > 0 {
                let mut prefix = Vec::new();
                encode::nested(&mut prefix, SCOPE, |out| encode::scope(out, scope));
                encode::text(&mut prefix, SCHEMA, scope.schema_url().unwrap_or_default());
                groups.push((index, prefix, size));
            }
        }
        let sizes = groups.iter().map(|(_, prefix, size)| encode::message(prefix.len() + size));
        let length = head.0.len() + sizes.sum::<usize>();
        let mut request = Vec::with_capacity(encode::message(length));
        encode::head(&mut request, RESOURCE_SPANS, length);
        request.extend_from_slice(&head.0);
        for (index, prefix, size) in &groups {
            encode::head(&mut request, SCOPE_SPANS, prefix.len() + size);
            request.extend_from_slice(prefix);
            for piece in self.pieces(*index, spans.clone()) {
                request.extend_from_slice(piece);
            }
        }
        request
    }

    /// The encoded spans of a scope.
    fn pieces(&self, scope: usize, spans: Range<usize>) -> impl Iterator<Item = &[u8]> {
        spans
            .filter(move |at| self.spans[*at].scope == scope)
            .map(|at| &self.bytes[self.start(at)..self.start(at + 1)])
    }

    fn start(&self, span: usize) -> usize {
        span.checked_sub(1).map_or(0, |before| self.spans[before].end)
    }
}

/// What a `ResourceSpans` begins with: who sends it.
#[derive(Debug)]
pub(super) struct ResourceHead(Vec<u8>);

impl ResourceHead {
    pub(super) fn new(resource: &Resource) -> Self {
        let mut head = Vec::new();
        encode::nested(&mut head, RESOURCE, |out| encode::resource(out, resource));
        encode::text(&mut head, SCHEMA, resource.schema_url().unwrap_or_default());
        Self(head)
    }
}

/// Fields of `ExportTraceServiceRequest`, `ResourceSpans` and `ScopeSpans`.
const RESOURCE_SPANS: u32 = 1;
const RESOURCE: u32 = 1;
const SCOPE_SPANS: u32 = 2;
const SCOPE: u32 = 1;
const SPANS: u32 = 2;
const SCHEMA: u32 = 3;

#[cfg(test)]
mod tests;
