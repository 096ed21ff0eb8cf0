use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

use opentelemetry_proto::tonic::trace::v1::status::StatusCode as Code;

use super::*;

#[derive(Debug)]
struct Outage;

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database is away")
    }
}

impl std::error::Error for Outage {}

async fn fails(_: RequestContext) -> Response<Body> {
    let query = tracing::info_span!("query");
    query.in_scope(|| tracing::error!(error = &Outage as &dyn std::error::Error, "no answer"));
    tracing::error!(error = "only words");
    Problem::internal(Outage).into_response()
}

fn only(taken: &Waiting) -> &ServerSpan {
    let [span] = taken.server.spans().collect::<Vec<_>>().try_into().unwrap();
    span
}

fn kinds(span: &ServerSpan) -> Vec<&str> {
    span.exceptions.iter().map(|exception| &*exception.kind).collect()
}

#[tokio::test]
async fn a_request_that_fails_has_a_root_span_although_it_is_not_sampled() {
    let tracing = Tracing::unexported(never());
    let _installed = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    let trace = call(&tracing, 0, request("/users/7"), fails).await;
    let taken = tracing.taken();
    assert!(taken.inner.is_empty() && !trace.is_sampled);
    assert_eq!(kinds(only(&taken)), ["Outage", module_path!(), "Outage"]);
    let [span] = sent(&tracing, &taken).try_into().unwrap();
    assert_eq!(span.span_id, trace.span.to_be_bytes());
    assert_eq!(said(&span, "tsk.kept").as_deref(), Some("failed"));
    assert_eq!(said(&span, "error.type").as_deref(), Some("500"));
    let status = span.status.as_ref().unwrap();
    assert_eq!((status.code(), &*status.message), (Code::Error, "the database is away"));
    let [event, ..] = &*span.events else { panic!("there is none") };
    let texts = event.attributes.iter().map(|attribute| {
        let value = attribute.value.clone().unwrap().value.unwrap();
        (&*attribute.key, value)
    });
    let text = |text: &str| Said::StringValue(text.into());
    let expected = [("exception.type", text("Outage")), ("exception.message", text("the database is away"))];
    assert_eq!((&*event.name, texts.collect::<Vec<_>>()), ("exception", expected.to_vec()));
}

#[tokio::test]
async fn an_error_within_a_span_of_a_sampled_request_is_an_exception_of_that_span() {
    let tracing = Tracing::unexported(always());
    let _installed = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    call(&tracing, 0, request("/users/7"), fails).await;
    let mut taken = tracing.taken();
    let query = taken.inner.pop().unwrap();
    assert_eq!(kinds(only(&taken)).len(), 2);
    let names: Vec<_> = query.events.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["exception"]);
    assert_eq!(query.status, opentelemetry::trace::Status::error("the database is away"));
}

#[tokio::test]
async fn a_request_that_fails_is_forgotten_where_nothing_is_retained() {
    let tracing = Tracing::unexported(Config { retain: Retain::None, ..never() });
    call(&tracing, 0, request("/users/7"), fails).await;
    assert!(servers(&tracing).is_empty());
}

#[tokio::test]
async fn a_request_that_fails_has_all_of_its_spans_where_they_are_retained() {
    let tracing = Tracing::unexported(Config { retain: Retain::Full, ..never() });
    let _installed = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    let succeeds = |_| async {
        tracing::info_span!("query").in_scope(|| {});
        Response::new(Body::empty())
    };
    call(&tracing, 0, request("/users/7"), succeeds).await;
    let taken = tracing.taken();
    assert_eq!((taken.server.len(), taken.inner.len()), (0, 0));
    let trace = call(&tracing, 0, request("/users/7"), fails).await;
    let mut taken = tracing.taken();
    assert_eq!((taken.server.len(), taken.inner.len()), (1, 1));
    let query = taken.inner.pop().unwrap();
    assert_eq!(query.parent_span_id, trace.span.into());
    assert!(query.span_context.is_sampled() && !trace.is_sampled);
}

#[tokio::test]
async fn a_request_has_so_many_spans_and_errors_retained_and_no_more() {
    let tracing = Tracing::unexported(Config { retain: Retain::Full, ..never() });
    let _installed = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    call(&tracing, 0, request("/users/7"), |_| async {
        for _ in 0..1000 {
            tracing::info_span!("query").in_scope(|| {});
            tracing::error!(error = "again");
        }
        Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap()
    })
    .await;
    let taken = tracing.taken();
    assert_eq!((taken.inner.len(), only(&taken).exceptions.len()), (128, 8));
}

#[tokio::test]
async fn a_slow_request_has_a_root_span_but_no_stream() {
    let slow = Duration::from_nanos(1);
    let tracing = Tracing::unexported(Config { slow, ..never() });
    call(&tracing, 0, request("/users/7"), hello).await;
    let taken = tracing.taken();
    assert!(only(&taken).duration() >= slow);
    let [span] = sent(&tracing, &taken).try_into().unwrap();
    assert_eq!(said(&span, "tsk.kept").as_deref(), Some("slow"));
    call(&tracing, 0, request("/users/7"), |_| async {
        // Nobody knows its length once its frames are passed on one by one.
        let events = http_body_util::BodyExt::map_frame(Body::from("data: 1\n\n"), |frame| frame);
        Response::builder().header("content-type", "text/event-stream").body(Body::new(events)).unwrap()
    })
    .await;
    assert!(servers(&tracing).is_empty());
    let rule = Rule { route: "/users/{id}".into(), sampling: None, slow: Some(Duration::ZERO) };
    let tracing = Tracing::unexported(Config { slow, rules: vec![rule], ..never() });
    call(&tracing, 0, request("/users/7"), hello).await;
    assert!(servers(&tracing).is_empty());
}

#[tokio::test]
async fn a_panic_is_an_exception() {
    let tracing = Tracing::unexported(never());
    let panics = async |_: RequestContext| -> Response<Body> { panic!("at the disco") };
    assert!(is_panic(call(&tracing, 0, request("/users/7"), panics)).await);
    let taken = tracing.taken();
    assert_eq!(kinds(only(&taken)), ["panic"]);
    let [span] = sent(&tracing, &taken).try_into().unwrap();
    assert_eq!(said(&span, "error.type").as_deref(), Some("panic"));
    assert_eq!(said(&span, "http.response.status_code"), None);
}

async fn is_panic<T>(future: impl Future<Output = T>) -> bool {
    let mut future = Box::pin(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(_)) => Poll::Ready(false),
        Err(_) => Poll::Ready(true),
    })
    .await
}
