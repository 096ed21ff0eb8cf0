//! Spans that are sent together.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::encode::{self, Known};
use crate::{plan::Plan, requests::Request};

/// Spans that are encoded one after another.
#[derive(Debug)]
pub(super) struct Batch {
    /// Room for what comes before the spans, then the spans.
    bytes: Vec<u8>,
    spans: Vec<Piece>,
    /// Who made the spans: the first of them those of requests.
    scopes: Vec<InstrumentationScope>,
}

/// Encoded spans, which can be sent in one request or, where the collector takes no large ones, in several.
#[derive(Debug)]
pub(super) struct Sealed {
    bytes: Bytes,
    spans: Vec<Piece>,
    scopes: Vec<InstrumentationScope>,
    /// Where the request with all of them is in the bytes; `None` where the spans are of several scopes.
    whole: Option<Range<usize>>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where the span ends in the bytes, and so where the next begins.
    end: usize,
    scope: usize,
}

/// What the heads of two messages take at most, which are known when the last span has come.
const ROOM: usize = 2 * (1 + 10);

impl Batch {
    /// An empty one, where the spans of requests are by `scope`.
    pub(super) fn new(scope: InstrumentationScope) -> Self {
        Self { bytes: vec![0; ROOM], spans: Vec::new(), scopes: vec![scope] }
    }

    /// An empty one that has room for what is about as much as another took.
    pub(super) fn after(other: &Self) -> Self {
        let mut bytes = Vec::with_capacity(other.bytes.len() + other.bytes.len() / 8);
        bytes.resize(ROOM, 0);
        Self { bytes, spans: Vec::with_capacity(other.spans.len()), scopes: other.scopes[..1].to_vec() }
    }

    /// Adds the span of a request.
    pub(super) fn push_request(&mut self, span: Request<'_>, plan: &Plan, known: &mut Known) {
        encode::nested_in::<2>(&mut self.bytes, SPANS, |out| encode::server(out, span, plan, known));
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

    /// How large they are together.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() - ROOM
    }

    /// Makes it ready to be sent, in place where that can be: where all spans are of one scope.
    pub(super) fn seal(mut self, head: &ResourceHead) -> Sealed {
        let first = self.spans.first().map(|piece| piece.scope);
        let scope = first.filter(|first| self.spans.iter().all(|piece| piece.scope == *first));
        let whole = scope.map(|scope| {
            // The order of fields in a message says nothing, so that what is about all of the spans can come after them.
            describe(&mut self.bytes, &self.scopes[scope]);
            let length = self.bytes.len() - ROOM;
            self.bytes.extend_from_slice(&head.0);
            let mut heads = Vec::with_capacity(ROOM);
            encode::head(&mut heads, RESOURCE_SPANS, encode::message(length) + head.0.len());
            encode::head(&mut heads, SCOPE_SPANS, length);
            let start = ROOM - heads.len();
            self.bytes[start..ROOM].copy_from_slice(&heads);
            start..self.bytes.len()
        });
        let Self { bytes, spans, scopes } = self;
        Sealed { bytes: bytes.into(), spans, scopes, whole }
    }
}

impl Sealed {
    /// How many spans there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// How large some of the spans are together.
    pub(super) fn size(&self, spans: Range<usize>) -> usize {
        self.start(spans.end) - self.start(spans.start)
    }

    /// The `ExportTraceServiceRequest` with some of the spans.
    pub(super) fn request(&self, head: &ResourceHead, spans: Range<usize>) -> Bytes {
        match &self.whole {
            Some(whole) if spans == (0..self.len()) => self.bytes.slice(whole.clone()),
            _ => self.gather(head, spans).into(),
        }
    }

    fn gather(&self, head: &ResourceHead, spans: Range<usize>) -> Vec<u8> {
        // Whose spans there are, with what is said of that, and how much follows.
        let mut groups: Vec<(usize, Vec<u8>, usize)> = Vec::with_capacity(self.scopes.len());
        for (index, scope) in self.scopes.iter().enumerate() {
            let size: usize = self.pieces(index, spans.clone()).map(<[u8]>::len).sum();
            if size > 0 {
                let mut prefix = Vec::new();
                describe(&mut prefix, scope);
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

    /// An empty batch in the memory of this one, if nobody else has it any more.
    fn emptied(self) -> Option<Batch> {
        let Self { bytes, mut spans, mut scopes, .. } = self;
        let mut bytes = bytes.try_into_mut().ok()?;
        bytes.clear();
        let mut bytes = Vec::from(bytes);
        bytes.resize(ROOM, 0);
        spans.clear();
        scopes.truncate(1);
        Some(Batch { bytes, spans, scopes })
    }

    fn start(&self, span: usize) -> usize {
        span.checked_sub(1).map_or(ROOM, |before| self.spans[before].end)
    }
}

/// Batches that are done with, whose memory is used for others: what the system gives anew it fills with zeros page by page, which costs
/// as much as to encode spans there.
#[derive(Debug, Default)]
pub(super) struct Spares(Mutex<Vec<Batch>>);

impl Spares {
    /// One that is empty.
    pub(super) fn take(&self) -> Option<Batch> {
        self.lock().pop()
    }

    /// Keeps the memory of one that is done with, unless there is enough or it is far too large.
    pub(super) fn put(&self, batch: Sealed) {
        if let Some(batch) = batch.emptied().filter(|batch| batch.bytes.capacity() <= LARGEST) {
            let mut spares = self.lock();
            if spares.len() < MOST {
                spares.push(batch);
            }
        }
    }

    /// Gives back the memory of one.
    pub(super) fn give_back(&self) {
        drop(self.take());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many batches are kept, and what each may take, in bytes.
const MOST: usize = 8;
const LARGEST: usize = 1 << 20;

/// What a `ScopeSpans` says of its spans.
fn describe(out: &mut Vec<u8>, scope: &InstrumentationScope) {
    encode::nested(out, SCOPE, |out| encode::scope(out, scope));
    encode::text(out, SCHEMA, scope.schema_url().unwrap_or_default());
}

/// What a `ResourceSpans` says of all spans: who sends them.
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
