//! Calls of other services, as spans.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tsk_core::{HttpClient, client::Sending};

use crate::{
    bridge,
    current::{self, Mode},
    handle::Shared,
    ids,
    record::Exception,
    redact::MASK,
};

/// A call of another service: a span within the request that the thread is at work on, from its beginning to its end; it is
/// made by [`Tracing::call`](crate::Tracing::call).
///
/// Where there is no request, or one that is not sampled, it is no span, but the service that is called is told of the trace
/// all the same.
#[must_use = "a call that is dropped has ended"]
pub struct Call {
    shared: Arc<Shared>,
    trace: tsk_core::context::Trace,
    /// `None` where there is no span.
    span: Option<Box<SpanData>>,
}

impl Call {
    /// Begins a call, by the [semantic conventions] of HTTP clients.
    ///
    /// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client
    pub(crate) fn begin(
        shared: &Arc<Shared>,
        peer: &str,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
    ) -> Option<Self> {
        let within = current::current()?;
        let mode = current::place().mode;
        if !within.is_sampled && mode != Mode::Buffered {
            current::inject_as(within, headers);
            return None;
        }
        let trace = tsk_core::context::Trace { span: ids::span(), ..within };
        current::inject_as(trace, headers);
        let flags = if trace.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let (id, span) = (TraceId::from(trace.id), SpanId::from(trace.span));
        let now = SystemTime::now();
        let span = SpanData {
            span_context: SpanContext::new(id, span, flags, false, TraceState::NONE),
            parent_span_id: SpanId::from(within.span),
            parent_span_is_remote: false,
            span_kind: SpanKind::Client,
            name: method.to_string().into(),
            start_time: now,
            end_time: now,
            attributes: attributes(shared, peer, method, uri),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: bridge::scope(),
        };
        Some(Self { shared: Arc::clone(shared), trace, span: Some(Box::new(span)) })
    }

    /// The trace, and the span of the call within it.
    pub fn trace(&self) -> tsk_core::context::Trace {
        self.trace
    }

    /// The service answered. What is 400 or more is an error of the call.
    pub fn answered(&mut self, status: StatusCode) {
        let Some(span) = &mut self.span else { return };
        let code = i64::from(status.as_u16());
        span.attributes.push(KeyValue::new("http.response.status_code", code));
        if status.is_client_error() || status.is_server_error() {
            span.attributes.push(KeyValue::new("error.type", code.to_string()));
            span.status = Status::error("");
        }
    }

    /// There is no answer.
    pub fn failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        let Some(span) = &mut self.span else { return };
        let exception = Exception::of(error);
        span.attributes.push(KeyValue::new("error.type", exception.kind.to_string()));
        span.status = Status::error(exception.message.to_string());
        span.events.events.push(exception.to_event());
    }
}

/// The call has ended.
impl Drop for Call {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.end_time = SystemTime::now();
            if self.trace.is_sampled {
                self.shared.queue.inner(*span);
            } else {
                current::add_span(*span);
            }
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("trace", &self.trace).finish_non_exhaustive()
    }
}

fn attributes(shared: &Shared, peer: &str, method: &Method, uri: &Uri) -> Vec<KeyValue> {
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    });
    let mut attributes = vec![
        KeyValue::new("http.request.method", method.to_string()),
        KeyValue::new("peer.service", peer.to_owned()),
        KeyValue::new("server.address", host.to_owned()),
        KeyValue::new("url.full", url(shared, uri)),
    ];
    attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
    attributes
}

/// The URL, without who calls and without secrets in its query.
fn url(shared: &Shared, uri: &Uri) -> String {
    let mut url = String::new();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        let authority = authority.as_str();
        let host = authority.rsplit_once('@');
        url.push_str(scheme);
        url.push_str("://");
        if host.is_some() {
            url.push_str(MASK);
            url.push('@');
        }
        url.push_str(host.map_or(authority, |(_, host)| host));
    }
    url.push_str(uri.path());
    if let Some(query) = uri.query() {
        url.push('?');
        shared.secrets.pieces(query, |piece| url.push_str(piece));
    }
    url
}

/// A client whose requests are told of the trace, and are spans of it; it is made by
/// [`Tracing::client`](crate::Tracing::client).
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    inner: Arc<dyn HttpClient>,
    peer: Arc<str>,
}

impl Client {
    pub(crate) fn new(shared: &Arc<Shared>, inner: Arc<dyn HttpClient>, peer: &str) -> Self {
        Self { shared: Arc::clone(shared), inner, peer: peer.into() }
    }
}

impl HttpClient for Client {
    fn send(&self, mut request: Request<Bytes>) -> Sending {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let call = Call::begin(&self.shared, &self.peer, &method, &uri, request.headers_mut());
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = self.inner.send(request);
        let Some(mut call) = call else { return answer };
        Box::pin(async move {
            let answer = answer.await;
            match &answer {
                Ok(answer) => call.answered(answer.status()),
                Err(error) => call.failed(error),
            }
            answer
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("peer", &self.peer).field("inner", &self.inner).finish_non_exhaustive()
    }
}
