//! Spans on their way to a collector, which is not always as one wishes.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Method, Request, Response};
use serde_json::{Value, json};
use tokio::runtime;
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{Body, Endpoint, ObserveLayer, Policy as _, RouteTable};
use tsk_tests::{Authority, Receiver, Rotel, Server, Site, curl, free_port};
use tsk_trace::export::Compression;
use tsk_trace::{Config, Sampling, Tracing};

/// A service without a server, every request of which is traced.
struct Traced {
    tracing: Tracing,
    runtime: runtime::Runtime,
}

#[derive(Clone)]
struct Hello;

impl Service<Request<Body>> for Hello {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Body::empty())))
    }
}

impl Traced {
    fn start(endpoint: String, change: impl FnOnce(&mut Config)) -> Self {
        let mut config =
            Config { sampling: Sampling::Always, service: Some("shop".to_owned()), ..Config::default() };
        config.export.endpoint = Some(endpoint);
        // What a test does not ask for would come by the clock.
        config.export.interval = Duration::from_secs(3600);
        config.export.flush_timeout = tsk_tests::DEADLINE;
        change(&mut config);
        let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { tracing: Tracing::new(config).expect("settings that can be"), runtime }
    }

    /// Answers so many requests.
    fn serve(&self, count: usize) {
        let mut observer = self.tracing.observer();
        let routes = RouteTable::new([Endpoint::new(Some(Method::GET), "/hello")]);
        observer.bind(&routes).expect("routes without a fault");
        let mut service = ObserveLayer::new(Arc::new(observer)).layer(Hello);
        self.runtime.block_on(async {
            for number in 0..count {
                let request = Request::get(format!("/hello?number={number}")).body(Body::empty());
                let answer = service.call(request.expect("a request")).await;
                drop(answer.expect("it cannot fail"));
            }
        });
    }

    /// Whether all that was served has been sent, or given up.
    fn flush(&self) -> bool {
        self.runtime.block_on(self.tracing.flush())
    }

    /// What is shown of the export.
    fn shown(&self) -> Value {
        let insights = self.tracing.insights();
        insights
            .iter()
            .find(|insight| insight.name() == "trace-export")
            .expect("spans are exported")
            .snapshot()
    }

    fn assert_sent(&self, count: usize) {
        assert!(self.flush(), "{:#}", self.shown());
        assert_eq!(self.shown()["sent"], count, "{:#}", self.shown());
    }
}

fn attribute<'a>(of: &'a Value, key: &str) -> &'a Value {
    let attributes = of["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no `{key}` in {attributes:#?}"))["value"]
}

#[test]
fn a_span_is_read_by_the_official_definitions() {
    let receiver = Receiver::start();
    let traced = Traced::start(receiver.endpoint(), |_| ());
    traced.serve(1);
    traced.assert_sent(1);
    let export = &receiver.requests()[0]["export"]["resourceSpans"][0];
    assert_eq!(attribute(&export["resource"], "service.name"), &json!({ "stringValue": "shop" }));
    let span = &receiver.spans()[0];
    assert_eq!(span["kind"], "SPAN_KIND_SERVER");
    assert_eq!(attribute(span, "http.request.method"), &json!({ "stringValue": "GET" }));
    assert_eq!(attribute(span, "http.response.status_code"), &json!({ "intValue": "200" }));
}

#[test]
fn the_client_of_a_span_is_whom_a_trusted_proxy_speaks_for() {
    let receiver = Receiver::start();
    for (trusted, client) in [("[\"127.0.0.1\"]", "198.51.100.7"), ("[]", "127.0.0.1")] {
        let endpoint = receiver.endpoint();
        let config = format!(
            "http.trusted_proxies = {trusted}\ntracing.sampling = \"always\"\ntracing.export.endpoint = \"{endpoint}\"\n"
        );
        let server = Server::start(&Site::empty().file("tsk.toml", config));
        let forwarded = "X-Forwarded-For: 10.0.0.1, 198.51.100.7";
        curl(&["--header", forwarded, &server.url("/")]);
        server.signal("TERM");
        assert!(server.wait().status.success());
        let spans = receiver.spans();
        let span = spans.last().expect("one was sent");
        assert_eq!(attribute(span, "client.address"), &json!({ "stringValue": client }));
    }
}

#[test]
fn a_span_goes_through_a_real_collector() {
    let receiver = Receiver::start();
    let rotel = Rotel::start(&receiver);
    for compression in [Compression::None, Compression::Gzip] {
        let traced = Traced::start(rotel.endpoint(), |config| config.export.compression = compression);
        traced.serve(1);
        traced.assert_sent(1);
    }
    // It sends when it likes to.
    receiver.wait_for(2);
    for span in receiver.spans() {
        assert_eq!(attribute(&span, "url.path"), &json!({ "stringValue": "/hello" }));
    }
}

#[test]
fn spans_are_compressed_where_that_is_wanted() {
    let receiver = Receiver::start();
    for (compression, expected) in [(Compression::Gzip, json!("gzip")), (Compression::None, Value::Null)] {
        let traced = Traced::start(receiver.endpoint(), |config| config.export.compression = compression);
        traced.serve(100);
        traced.assert_sent(100);
        let last = receiver.requests().pop().expect("a request");
        assert_eq!(header(&last, "content-encoding"), expected);
    }
    assert_eq!(receiver.count(), 200);
}

#[test]
fn headers_that_are_configured_are_sent() {
    let receiver = Receiver::start();
    let traced = Traced::start(receiver.endpoint(), |config| {
        config.export.headers.insert("Authorization".to_owned(), "Bearer key".to_owned());
    });
    traced.serve(1);
    traced.assert_sent(1);
    let request = receiver.requests().pop().expect("a request");
    assert_eq!(header(&request, "authorization"), "Bearer key");
    assert_eq!(header(&request, "content-type"), "application/x-protobuf");
}

/// The value of a field, whose name may be in any case.
fn header(request: &Value, name: &str) -> Value {
    let headers = request["headers"].as_object().expect("headers");
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(Value::Null, |(_, value)| value.clone())
}

#[test]
fn the_certificates_of_both_sides_are_those_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_str().expect("a plain name").to_owned();
    let authority = Authority::new(folder.path(), "authority");
    let other = Authority::new(folder.path(), "other");
    authority.issue("collector");
    authority.issue("service");
    other.issue("stranger");
    let (certificate, key) = (text("collector.pem"), text("collector.key"));
    let args = ["--certificate", &certificate, "--key", &key, "--clients", authority.file()];
    let receiver = Receiver::start_with(&args);
    let start = |authority: &str, client: &str| {
        let traced = Traced::start(receiver.endpoint(), |config| {
            config.export.certificate = Some(path(authority));
            config.export.client_certificate = Some(path(&format!("{client}.pem")));
            config.export.client_key = Some(path(&format!("{client}.key")));
            config.export.retry_for = Duration::ZERO;
        });
        traced.serve(1);
        assert!(traced.flush());
        traced.shown()
    };
    let shown = start("authority.pem", "service");
    assert_eq!(shown["sent"], 1, "{shown:#}");
    let certificate = &receiver.requests()[0]["certificate"];
    assert!(certificate.as_array().is_some_and(|names| names.contains(&json!("service"))), "{certificate}");
    for (authority, client) in [("other.pem", "service"), ("authority.pem", "stranger")] {
        let shown = start(authority, client);
        assert_eq!(shown["lost"]["collector_down"], 1, "{shown:#}");
    }
    assert_eq!(receiver.count(), 1);
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_at_the_start() {
    let mut config = Config::default();
    config.export.endpoint = Some("https://localhost".to_owned());
    config.export.certificate = Some(PathBuf::from("/nowhere/ca.pem"));
    let error = Tracing::new(config).expect_err("there is no such file").to_string();
    assert!(error.contains("`tracing.export.certificate`") && error.contains("/nowhere/ca.pem"), "{error}");
}

#[test]
fn nothing_is_lost_while_a_collector_is_overloaded() {
    let receiver = Receiver::start();
    receiver.set(r#"{ "status": 503, "retry_after": 0 }"#);
    let traced = Traced::start(receiver.endpoint(), |config| {
        config.export.flush_timeout = Duration::from_millis(10);
    });
    traced.serve(100);
    assert!(!traced.flush());
    assert_eq!(receiver.count(), 0);
    receiver.set(r#"{ "status": 200 }"#);
    while !traced.flush() {}
    assert_eq!((traced.shown()["sent"].as_u64(), receiver.count()), (Some(100), 100));
}

#[test]
fn nothing_is_lost_while_a_collector_is_killed_and_started_again() {
    let receiver = Receiver::start();
    let (endpoint, port) = (receiver.endpoint(), receiver.port());
    let traced = Traced::start(endpoint, |config| config.export.flush_timeout = Duration::from_millis(10));
    traced.serve(10);
    while !traced.flush() {}
    assert_eq!(receiver.count(), 10);
    drop(receiver);
    traced.serve(10);
    while traced.shown()["failure"].is_null() {
        assert!(!traced.flush());
    }
    let receiver = Receiver::start_with(&["--port", &port.to_string()]);
    while !traced.flush() {}
    assert_eq!((traced.shown()["sent"].as_u64(), receiver.count()), (Some(20), 10));
}

#[test]
fn requests_do_not_wait_for_a_collector_that_hangs_or_is_not_there() {
    let receiver = Receiver::start();
    receiver.set(r#"{ "hang": true }"#);
    for endpoint in [receiver.endpoint(), format!("http://127.0.0.1:{}", free_port())] {
        let traced = Traced::start(endpoint, |config| {
            config.export.queue_size = 256;
            config.export.batch_size = 32;
            config.export.flush_timeout = Duration::from_millis(10);
        });
        // Nothing here waits, or it would not end.
        traced.serve(10_000);
        assert!(!traced.flush());
        let shown = traced.shown();
        assert!(shown["waiting"].as_u64().is_some_and(|waiting| waiting <= 256), "{shown:#}");
        let lost = shown["lost"]["queue_full"].as_u64().expect("a number");
        assert!(lost >= 10_000 - 256, "{shown:#}");
    }
}

#[test]
fn a_batch_that_is_too_large_for_a_collector_is_sent_in_parts() {
    let receiver = Receiver::start();
    receiver.set(r#"{ "status": 200, "max_bytes": 20000 }"#);
    let traced = Traced::start(receiver.endpoint(), |_| ());
    traced.serve(1000);
    traced.assert_sent(1000);
    assert_eq!(receiver.count(), 1000);
    assert!(receiver.requests().len() > 10);
}

#[test]
fn everything_is_sent_before_the_last_handle_is_gone() {
    let receiver = Receiver::start();
    let traced = Traced::start(receiver.endpoint(), |_| ());
    traced.serve(5000);
    drop(traced);
    assert_eq!(receiver.count(), 5000);
}
