//! A request and the spans within it.

use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

use super::pending::Children;
use crate::{
    dependencies::{called, is_failed},
    record::ServerSpan,
    seen::{excerpt, nanoseconds},
};

/// How many spans of a request are kept.
pub(super) const SPANS: usize = 64;
/// Characters of a name.
const NAME: usize = 120;

/// A span, as it is shown.
#[derive(Debug)]
pub(super) struct Span {
    id: u64,
    parent: u64,
    name: Box<str>,
    kind: &'static str,
    /// Whom it called, if anybody.
    target: Option<Box<str>>,
    start: u64,
    end: u64,
    is_failed: bool,
}

/// A request and the spans within it.
#[derive(Debug)]
pub(super) struct Trace {
    id: u128,
    status: u16,
    error: Option<Box<str>>,
    root: Span,
    children: Children,
}

impl Span {
    pub(super) fn of(span: &SpanData) -> Self {
        Self {
            id: u64::from_be_bytes(span.span_context.span_id().to_bytes()),
            parent: u64::from_be_bytes(span.parent_span_id.to_bytes()),
            name: excerpt(&span.name, NAME),
            kind: match span.span_kind {
                SpanKind::Internal => "internal",
                SpanKind::Server => "server",
                SpanKind::Client => "client",
                SpanKind::Producer => "producer",
                SpanKind::Consumer => "consumer",
            },
            target: called(span).map(|name| excerpt(&name, NAME)),
            start: nanoseconds(span.start_time),
            end: nanoseconds(span.end_time),
            is_failed: is_failed(span),
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn parent(&self) -> u64 {
        self.parent
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.target.as_ref().map_or(0, |target| target.len())
    }

    fn show(&self, depth: usize, zero: u64) -> Value {
        json!({
            "span": format!("{:016x}", self.id),
            "depth": depth,
            "name": self.name,
            "kind": self.kind,
            "target": self.target,
            "offset_us": self.start.saturating_sub(zero) / 1000,
            "duration_us": self.end.saturating_sub(self.start) / 1000,
            "failed": self.is_failed,
        })
    }
}

impl Trace {
    pub(super) fn new(span: &ServerSpan, name: &str, children: Children) -> Self {
        let root = Span {
            id: span.span,
            parent: span.parent,
            name: excerpt(name, NAME),
            kind: "server",
            target: None,
            start: span.start,
            end: span.end,
            is_failed: span.is_failed(),
        };
        let exception = span.exceptions.last().map(|exception| exception.kind.to_string());
        let error = exception.or_else(|| span.error_type()).map(|kind| excerpt(&kind, NAME));
        Self { id: span.trace, status: span.status, error, root, children }
    }

    /// Whether a span with this parent belongs here.
    pub(super) fn has(&self, trace: u128, parent: u64) -> bool {
        let is_here = || self.root.id == parent || self.children.spans.iter().any(|span| span.id == parent);
        self.id == trace && is_here()
    }

    pub(super) fn add(&mut self, span: Span) {
        if self.children.spans.len() < SPANS {
            self.children.spans.push(span);
        } else {
            self.children.missing = self.children.missing.saturating_add(1);
        }
    }

    /// What it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let error = self.error.as_ref().map_or(0, |error| error.len());
        let children: usize = self.children.spans.iter().map(Span::size).sum();
        size_of::<Self>() + self.root.size() + error + children
    }

    /// As a waterfall: each span after its parent, siblings by when they began.
    pub(super) fn show(&self) -> Value {
        let mut spans = vec![self.root.show(0, self.root.start)];
        let mut rest: Vec<&Span> = self.children.spans.iter().collect();
        rest.sort_by_key(|span| std::cmp::Reverse(span.start));
        let (mut open, mut above) = (Vec::new(), (self.root.id, 0));
        // Each is shown once, so that spans which claim to be within each other end here.
        loop {
            let (below, others) = rest.into_iter().partition(|span| span.parent == above.0);
            rest = others;
            let below: Vec<&Span> = below;
            open.extend(below.into_iter().map(|span| (span, above.1 + 1)));
            let Some((span, depth)) = open.pop() else { break };
            spans.push(span.show(depth, self.root.start));
            above = (span.id, depth);
        }
        json!({
            "trace": format!("{:032x}", self.id),
            "name": self.root.name,
            "status": (self.status != 0).then_some(self.status),
            "error": self.error,
            "start_unix_ms": self.root.start / 1_000_000,
            "duration_us": self.root.end.saturating_sub(self.root.start) / 1000,
            "spans": spans,
            "missing": self.children.missing,
        })
    }
}
