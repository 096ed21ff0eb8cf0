//! Header fields of a caller that says anything about its trace: what is told to others is within its bounds.
//!
//! A line of the input is a field: `name: value`.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use tsk_core::{Head, Observe as _, RequestContext};
use tsk_trace::{Config, Parent, Propagator, Sampling, TraceObserver, Tracing, propagate::baggage};

static OBSERVER: LazyLock<TraceObserver> = LazyLock::new(|| {
    use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
    let propagators = vec![TraceContext, Baggage, B3, B3Multi, Jaeger];
    let config = Config { propagators, sampling: Sampling::Never, parent: Parent::Obeyed, ..Config::default() };
    Tracing::new(config).expect("settings that can be").observer()
});

fuzz_target!(|input: &[u8]| {
    let mut request = Request::new(());
    for line in input.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            request.headers_mut().append(name, value);
        }
    }
    let context = RequestContext::ensure(request.extensions_mut());
    let mut watched = Default::default();
    OBSERVER.begin(&mut watched, Head::new(&request).expect("it has a context"));
    let trace = context.trace().expect("every request has one");
    assert!(trace.id != 0 && trace.span != 0);
    let guard = OBSERVER.enter(&watched);
    let mut told = HeaderMap::new();
    tsk_trace::inject(&mut told);
    let parent = told["traceparent"].to_str().expect("digits and dashes");
    assert!(parent.starts_with(&format!("00-{:032x}-{:016x}-0", trace.id, trace.span)), "{parent}");
    assert!(told.get("tracestate").is_none_or(|state| state.len() <= 512));
    assert!(told.get("baggage").is_none_or(|text| text.len() <= baggage::MAX_LENGTH));
    assert!(tsk_trace::baggage().iter().count() <= baggage::MAX_MEMBERS);
    drop(guard);
});
