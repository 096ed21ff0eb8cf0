use std::sync::Mutex;

use bytes::Bytes;
use tsk_core::{
    HttpClient,
    client::{ClientError, Sending},
};

use super::*;

/// Answers as it is told to, and remembers what it was sent.
#[derive(Debug)]
struct Peer {
    answer: Option<StatusCode>,
    sent: Mutex<HeaderMap>,
}

impl Peer {
    fn new(answer: Option<StatusCode>) -> Arc<Self> {
        Arc::new(Self { answer, sent: Mutex::default() })
    }
}

impl HttpClient for Peer {
    fn send(&self, request: Request<Bytes>) -> Sending {
        *self.sent.lock().unwrap() = request.headers().clone();
        let answer = self.answer.map(|status| Response::builder().status(status).body(Bytes::new()).unwrap());
        Box::pin(async { answer.ok_or_else(|| ClientError::connect("refused")) })
    }
}

async fn calling(config: Config, peer: &Arc<Peer>) -> (Tracing, Trace) {
    let tracing = Tracing::unexported(config);
    let client = tracing.client(Arc::clone(peer) as _, "stock");
    let trace = call(&tracing, 0, request("/users/7"), |_| async {
        let uri = "http://ada:secret@stock.internal/items?token=abc";
        let _ = client.send(Request::get(uri).body(Bytes::new()).unwrap()).await;
        Response::new(Body::empty())
    })
    .await;
    (tracing, trace)
}

#[tokio::test]
async fn a_call_is_a_span_and_the_parent_of_what_the_other_service_does() {
    let peer = Peer::new(Some(StatusCode::OK));
    let (tracing, trace) = calling(always(), &peer).await;
    let span = tracing.taken().inner.pop().unwrap();
    assert_eq!(span.parent_span_id, trace.span.into());
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Client);
    let id = span.span_context.span_id();
    assert_eq!(peer.sent.lock().unwrap()["traceparent"], format!("00-{:032x}-{id:016x}-03", trace.id));
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("peer.service", "stock"),
        ("server.address", "stock.internal"),
        ("server.port", "80"),
        ("url.full", "http://***@stock.internal/items?token=***"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test]
async fn a_call_that_fails_says_how() {
    let (tracing, _) = calling(always(), &Peer::new(Some(StatusCode::NOT_FOUND))).await;
    let span = tracing.taken().inner.pop().unwrap();
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("404"));
    let (tracing, _) = calling(always(), &Peer::new(None)).await;
    let span = tracing.taken().inner.pop().unwrap();
    assert_eq!(span.events.events.len(), 1);
    assert!(matches!(span.status, opentelemetry::trace::Status::Error { .. }));
}

#[tokio::test]
async fn a_call_of_a_request_that_is_not_sampled_is_told_of_the_trace_alone() {
    let peer = Peer::new(Some(StatusCode::OK));
    let (tracing, trace) = calling(never(), &peer).await;
    assert!(tracing.taken().inner.is_empty());
    let told = format!("00-{:032x}-{:016x}-02", trace.id, trace.span);
    assert_eq!(peer.sent.lock().unwrap()["traceparent"], told);
}
