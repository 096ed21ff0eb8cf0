#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Version;
use opentelemetry::{
    Array, InstrumentationScope, KeyValue, StringValue, Value,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::{
    record::{Exception, ServerSpan},
    requests::Requests,
    route::Method,
    texts::Texts,
};

/// The span as the SDK would have it.
fn reference(span: Request<'_>, plan: &Plan) -> SpanData {
    let time = |nanos: u64| -> SystemTime { UNIX_EPOCH + Duration::from_nanos(nanos) };
    let state = span.state.as_deref().and_then(|state| state.parse().ok());
    let mut events = SpanEvents::default();
    events.events = span.exceptions.iter().map(Exception::to_event).collect();
    let said = span.exceptions.last().map(|exception| exception.message.to_string());
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(span.trace),
            SpanId::from(span.span),
            TraceFlags::SAMPLED,
            false,
            state.unwrap_or(TraceState::NONE),
        ),
        parent_span_id: SpanId::from(span.parent),
        parent_span_is_remote: span.parent != 0,
        span_kind: SpanKind::Server,
        name: plan.name.to_string().into(),
        start_time: time(span.start),
        end_time: time(span.end),
        attributes: attributes(span, plan),
        dropped_attributes_count: 0,
        events,
        links: SpanLinks::default(),
        status: if span.is_failed() { Status::error(said.unwrap_or_default()) } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::default(),
    }
}

fn attributes(span: Request<'_>, plan: &Plan) -> Vec<KeyValue> {
    let text = |kind| String::from_utf8_lossy(span.text(kind)).into_owned();
    let mut attributes = Vec::new();
    let mut add = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
    add("http.request.method", span.method.name().into());
    if !plan.template.is_empty() {
        add("http.route", plan.template.to_string().into());
    }
    add("url.scheme", if span.is_secure { "https" } else { "http" }.into());
    let version = format!("{:?}", span.version);
    let version = version.trim_start_matches("HTTP/").trim_end_matches(".0");
    add("network.protocol.version", if version == "1" { "1.0" } else { version }.to_owned().into());
    if span.status != 0 {
        add("http.response.status_code", i64::from(span.status).into());
    }
    let authority = text(Text::Host);
    if !authority.is_empty() {
        let (host, port) = match authority.rfind(':') {
            Some(at) if !authority[at..].contains(']') => {
                (&authority[..at], authority[at + 1..].parse().ok())
            }
            _ => (&*authority, None),
        };
        add("server.address", host.to_owned().into());
        if let Some::<u16>(port) = port {
            add("server.port", i64::from(port).into());
        }
    }
    add("url.path", text(Text::Path).into());
    for (kind, key) in [(Text::Query, "url.query"), (Text::Agent, "user_agent.original")] {
        if !text(kind).is_empty() {
            add(key, text(kind).into());
        }
    }
    if let Some(client) = span.client {
        add("client.address", client.to_string().into());
    }
    if let Some((peer, port)) = span.peer {
        if span.client != Some(peer) {
            add("network.peer.address", peer.to_string().into());
        }
        add("network.peer.port", i64::from(port).into());
    }
    if let Some(kind) = span.error_type() {
        add("error.type", kind.into());
    }
    if !text(Text::Id).is_empty() {
        let id = vec![StringValue::from(text(Text::Id))];
        add("http.response.header.x-request-id", Value::Array(Array::String(id)));
    }
    if span.outcome == End::Cancelled {
        add("tsk.outcome", "cancelled".into());
    }
    match span.kept {
        Kept::Sampled => {}
        Kept::Failed => add("tsk.kept", "failed".into()),
        Kept::Slow => add("tsk.kept", "slow".into()),
    }
    attributes
}

/// What clients send, and what they send who mean harm.
fn bytes_of(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "\\PC{0,40}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..most),
        // About as long as an attribute whose lengths have one digit.
        1 => (90..140usize).prop_map(|length| vec![b'x'; length]),
    ]
}

fn host_of() -> impl Strategy<Value = Vec<u8>> {
    let known =
        select(vec!["", "a.example", "a.example:8080", "[::1]", "[::1]:80", "a:b", ":", "a:70000", "a:0"]);
    prop_oneof![known.prop_map(|host| host.as_bytes().to_vec()), bytes_of(80)]
}

fn exception() -> impl Strategy<Value = Exception> {
    (any::<u64>(), "\\PC{0,20}", "\\PC{0,200}", vec("\\PC{0,20}", 0..3)).prop_map(
        |(at, kind, message, causes)| {
            let causes = causes.into_iter().map(String::into_boxed_str).collect();
            Exception { at, kind: kind.into(), message: message.into(), causes }
        },
    )
}

prop_compose! {
    fn texts()(
        path in bytes_of(300), query in bytes_of(200), host in host_of(), agent in bytes_of(200), id in bytes_of(140),
    ) -> Texts {
        let mut texts = Texts::new();
        let all = [(Text::Path, path), (Text::Query, query), (Text::Host, host), (Text::Agent, agent), (Text::Id, id)];
        for (kind, text) in all {
            texts.push(kind, &text);
        }
        texts
    }
}

prop_compose! {
    fn spans()(
        (trace, span, parent) in (any::<u128>(), any::<u64>(), prop_oneof![Just(0), any::<u64>()]),
        (start, end) in (any::<u64>(), any::<u64>()),
        state in option::of(select(vec!["vendor=1", "a=1,b=2", "", "no state"])),
        exceptions in vec(exception(), 0..3),
        status in prop_oneof![Just(0), 200..204u16, any::<u16>()],
        outcome in select(vec![End::Complete, End::Failed, End::Cancelled]),
        kept in select(vec![Kept::Sampled, Kept::Failed, Kept::Slow]),
        plan in 0..2u32,
        method in select(vec!["GET", "GET", "HEAD", "BREW"]),
        version in select(vec![Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3]),
        is_secure in any::<bool>(),
        client in any::<Option<IpAddr>>(),
        (peer, is_client) in (option::of(any::<(IpAddr, u16)>()), any::<bool>()),
    ) -> ServerSpan {
        let method = Method::of(&http::Method::from_bytes(method.as_bytes()).unwrap());
        let client = if is_client { peer.map(|(peer, _)| peer) } else { client };
        let exceptions = exceptions.into();
        ServerSpan {
            trace, span, parent, start, end, state: state.map(Into::into), exceptions, plan, status, outcome, kept, method,
            version, is_secure, client, peer,
        }
    }
}

fn plans() -> impl Strategy<Value = Plan> {
    let template = prop_oneof![Just(String::new()), "/\\PC{0,20}", Just("/x".repeat(70))];
    template.prop_map(|template| Plan { name: format!("GET {template}").into(), template: template.into() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// That is held in turn against `opentelemetry-otlp`.
    #[test]
    fn a_record_is_written_as_the_span_of_the_sdk_that_says_the_same(
        records in vec((spans(), texts()), 1..8),
        plans in [plans(), plans()],
    ) {
        let mut requests = Requests::default();
        records.into_iter().for_each(|(span, texts)| requests.push(span, &texts));
        let mut known = Known::default();
        for request in requests.iter() {
            let plan = &plans[request.plan as usize];
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            server(&mut ours, request, plan, &mut known);
            super::super::span(&mut theirs, &reference(request, plan));
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn an_address_is_written_as_the_standard_library_does(address: Ipv4Addr) {
        let mut text = [0; 16];
        prop_assert_eq!(str::from_utf8(dotted(address, &mut text)).unwrap(), address.to_string());
    }
}
