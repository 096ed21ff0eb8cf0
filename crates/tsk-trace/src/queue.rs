//! Where ended spans wait for the thread that exports them.

use std::sync::{Mutex, PoisonError};

use opentelemetry_sdk::trace::SpanData;

use crate::record::ServerSpan;

/// Takes ended spans, and never waits.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<(Vec<ServerSpan>, Vec<SpanData>)>);

impl Queue {
    /// Takes the span of a request.
    pub(crate) fn server(&self, span: ServerSpan) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push(span);
    }

    /// Takes a span within a request.
    pub(crate) fn inner(&self, span: SpanData) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.push(span);
    }
}
