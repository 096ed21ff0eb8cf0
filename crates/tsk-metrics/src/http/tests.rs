#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, pending, ready},
    pin::{Pin, pin},
    sync::Mutex,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, Response, Version};
use http_body_util::BodyExt as _;
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, ObserveLayer, Params, Peer, Scope,
    context::Trace,
    observe::{Observed, ObservedBody},
};

use super::*;
use crate::{Config, Format, Metrics};

mod bounds;
mod threads;
mod ticks;

/// An answer, in an extension of the request.
type Prepared = Arc<Mutex<Option<Response<Body>>>>;

/// Answers with what is in the extensions, if there is something.
#[derive(Clone)]
struct Answers;

type Answered = Response<ObservedBody<Body, Arc<HttpMetrics>>>;

impl Service<Request<Body>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let response = request.extensions_mut().remove::<Prepared>();
        ready(Ok(response.and_then(|response| response.lock().unwrap().take()).unwrap_or_default()))
    }
}

/// A service with metrics.
struct Watched {
    metrics: Metrics,
    scope: Arc<Scope>,
    service: Observed<Answers, Arc<HttpMetrics>>,
}

fn table(templates: &[&str]) -> RouteTable {
    RouteTable::new(templates.iter().map(|template| Endpoint::new(Some(Method::GET), *template)))
}

impl Watched {
    fn new(config: &Config, templates: &[&str]) -> Self {
        Self::of(Metrics::new(config).unwrap(), templates)
    }

    fn of(metrics: Metrics, templates: &[&str]) -> Self {
        let routes = table(templates);
        let mut http = metrics.http();
        http.bind(&routes).unwrap();
        let service = ObserveLayer::new(Arc::new(http)).layer(Answers);
        Self { metrics, scope: Arc::new(Scope::new(Arc::new(routes), Peer::Local)), service }
    }

    fn begin(&mut self, method: &str, route: usize, response: Response<Body>) -> Answered {
        self.begin_with(Request::builder().method(method), route, response, None)
    }

    fn begin_with(
        &mut self,
        request: http::request::Builder,
        route: usize,
        response: Response<Body>,
        trace: Option<Trace>,
    ) -> Answered {
        let mut request = request.body(Body::empty()).unwrap();
        let context = RequestContext::attach(request.extensions_mut(), &self.scope, route, Params::default());
        trace.map(|trace| context.set_trace(trace));
        request.extensions_mut().insert::<Prepared>(Arc::new(Mutex::new(Some(response))));
        poll(self.service.call(request)).unwrap()
    }

    /// A request that is answered to the end.
    fn request(&mut self, method: &str, route: usize, response: Response<Body>) {
        let response = self.begin(method, route, response);
        poll(response.into_body().collect()).unwrap();
    }

    fn page(&self, format: Format) -> String {
        String::from_utf8(self.metrics.render(format).to_vec()).unwrap()
    }

    fn has(&self, line: &str) {
        let page = self.page(Format::Text);
        assert!(page.lines().any(|have| have == line), "no {line} in:\n{page}");
    }

    fn series(&self) -> usize {
        self.page(Format::Text).lines().filter(|line| line.starts_with("http_")).count()
    }
}

fn poll<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn status(status: u16) -> Response<Body> {
    Response::builder().status(status).body(Body::empty()).unwrap()
}

fn text(text: &'static str) -> Response<Body> {
    Response::new(Body::from(text))
}

/// A body that gives a piece, and then what `last` does.
struct Pieces(Option<Bytes>, Poll<Option<&'static str>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = tsk_core::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        match self.0.take() {
            Some(piece) => Poll::Ready(Some(Ok(http_body::Frame::data(piece)))),
            None => self.1.map(|end| end.map(|error| Err(error.into()))),
        }
    }
}

#[test]
fn a_request_is_counted_by_its_route_and_not_by_its_path() {
    let mut watched = Watched::new(&Config::default(), &["/users/{id}", "/"]);
    for path in 0..100 {
        let request = Request::get(format!("/users/{path}?q={path}")).header("host", format!("h{path}"));
        poll(watched.begin_with(request, 0, text("hello"), None).into_body().collect()).unwrap();
    }
    watched.request("GET", 1, status(404));
    watched.has(r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/users/{id}",http_response_status_code="200"} 100"#);
    watched.has(r#"http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/users/{id}",http_response_status_code="200",le="10.0"} 100"#);
    watched.has(r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/",http_response_status_code="404"} 1"#);
    watched.has(
        r#"http_server_response_body_size_bytes_sum{http_request_method="GET",http_route="/users/{id}"} 500"#,
    );
    watched.has(r#"http_server_protocol_requests_total{network_protocol_version="1.1"} 101"#);
}

#[test]
fn a_request_is_active_until_its_answer_has_ended() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    let body = Body::new(Pieces(Some("a piece".into()), Poll::Ready(None)));
    let answer = watched.begin("POST", 0, Response::new(body));
    watched.has(r#"http_server_active_requests{http_request_method="POST"} 1"#);
    assert!(!watched.page(Format::Text).contains("http_response_status_code"));
    poll(answer.into_body().collect()).unwrap();
    watched.has(r#"http_server_active_requests{http_request_method="POST"} 0"#);
    watched.has(r#"http_server_response_body_size_bytes_sum{http_request_method="POST",http_route="/"} 7"#);
}

#[test]
fn an_end_that_is_none_says_what_went_wrong() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    let body = || Body::new(Pieces(Some("a piece".into()), Poll::Pending));
    drop(watched.begin("GET", 0, Response::new(body())));
    let broken = Body::new(Pieces(None, Poll::Ready(Some("broken"))));
    assert!(poll(watched.begin("GET", 0, Response::new(broken)).into_body().collect()).is_err());
    watched.request("GET", 0, status(503));
    for labels in [
        r#"http_response_status_code="200",error_type="cancelled""#,
        r#"http_response_status_code="200",error_type="failed""#,
        r#"http_response_status_code="503",error_type="503""#,
    ] {
        watched.has(&format!(
            r#"http_server_request_duration_seconds_count{{http_request_method="GET",http_route="/",{labels}}} 1"#
        ));
    }
    let all = watched.metrics.percentiles().all.start;
    assert_eq!((all.requests, all.errors, all.cancelled), (3, 2, 1));
}

#[test]
fn who_leaves_before_there_is_an_answer_is_cancelled() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let layer = ObserveLayer::new(Arc::new(metrics.http()));
    let mut service = layer.layer(NeverAnswers);
    drop(service.call(Request::new(())));
    let page = metrics.render(Format::Text);
    let line = "http_server_request_duration_seconds_count{http_request_method=\"GET\",error_type=\"cancelled\"} 1\n";
    assert!(std::str::from_utf8(&page).unwrap().contains(line));
}

#[derive(Clone)]
struct NeverAnswers;

impl Service<Request<()>> for NeverAnswers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Pending<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        pending()
    }
}

#[test]
fn a_body_of_a_request_has_the_length_that_was_given() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for length in ["300", "70000", "no number"] {
        let request = Request::post("/").header("content-length", length);
        drop(watched.begin_with(request, 0, text(""), None));
    }
    watched
        .has(r#"http_server_request_body_size_bytes_sum{http_request_method="POST",http_route="/"} 70300"#);
    watched.has(r#"http_server_request_body_size_bytes_count{http_request_method="POST",http_route="/"} 2"#);
}

#[test]
fn a_body_that_means_nothing_is_not_measured() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for method in ["GET", "HEAD", "DELETE"] {
        let request = Request::builder().method(method).header("content-length", "300");
        drop(watched.begin_with(request, 0, text(""), None));
    }
    let page = watched.page(Format::Text);
    let measured = page.lines().filter(|line| line.starts_with("http_server_request_body_size_bytes_count"));
    assert_eq!(
        measured.collect::<Vec<_>>(),
        [r#"http_server_request_body_size_bytes_count{http_request_method="DELETE",http_route="/"} 1"#]
    );
}

#[test]
fn ways_to_end_are_counted_apart_whichever_comes_first() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for number in [503, 204, 200, 404, 204, 200, 200, 503, 204, 204] {
        watched.request("GET", 0, status(number));
    }
    let route = r#"http_request_method="GET",http_route="/""#;
    let count = "http_server_request_duration_seconds_count";
    for (labels, times) in [
        (r#"http_response_status_code="200""#, 3),
        (r#"http_response_status_code="204""#, 4),
        (r#"http_response_status_code="404""#, 1),
        (r#"http_response_status_code="503",error_type="503""#, 2),
    ] {
        watched.has(&format!("{count}{{{route},{labels}}} {times}"));
    }
    watched.has(&format!("http_server_response_body_size_bytes_count{{{route}}} 10"));
}

#[test]
fn versions_are_counted() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for version in [Version::HTTP_10, Version::HTTP_2, Version::HTTP_2] {
        drop(watched.begin_with(Request::get("/").version(version), 0, text(""), None));
    }
    watched.has(r#"http_server_protocol_requests_total{network_protocol_version="2"} 2"#);
    watched.has(r#"http_server_protocol_requests_total{network_protocol_version="1.0"} 1"#);
}

#[test]
fn percentiles_are_told_by_route() {
    let mut watched = Watched::new(&Config::default(), &["/", "/quiet"]);
    watched.request("GET", 0, text(""));
    watched.request("GET", usize::MAX, status(404));
    let report = watched.metrics.percentiles();
    let routes: Vec<_> = report.routes.iter().map(|route| (&*route.method, &*route.route)).collect();
    assert_eq!(routes, [("GET", ""), ("GET", "/")]);
    assert_eq!(report.all.minute.requests, 2);
    assert!(report.routes[0].latencies.minute.p999.unwrap() < 1.0);

    watched.metrics.tick(Instant::now() + Duration::from_secs(600));
    let report = watched.metrics.percentiles();
    assert_eq!((report.all.minute.requests, report.all.start.requests), (0, 2));

    let shown = tsk_core::Insight::snapshot(&watched.metrics);
    assert_eq!(shown["routes"][1]["start"]["requests"], 1);
    assert_eq!(serde_json::from_value::<crate::Report>(shown).unwrap().routes.len(), 2);
}

#[test]
fn at_a_glance_there_are_the_busiest_routes_and_the_last_minutes() {
    let mut watched = Watched::new(&Config::default(), &["/quiet", "/busy", "/never"]);
    watched.request("GET", 0, text(""));
    watched.request("GET", 1, text(""));
    watched.metrics.tick(Instant::now() + Duration::from_secs(10));
    watched.request("GET", 1, status(503));
    let shown = tsk_core::Insight::glance(&watched.metrics, 1, "");
    let routes = shown["routes"].as_array().unwrap();
    assert_eq!((routes.len(), &shown["routes_with_requests"]), (1, &2.into()));
    assert_eq!((&routes[0]["route"], &routes[0]["minute"]["errors"]), (&"/busy".into(), &1.into()));
    let searched = tsk_core::Insight::glance(&watched.metrics, 9, "get /QUI");
    assert_eq!(
        (searched["routes"].as_array().unwrap().len(), &searched["routes"][0]["route"]),
        (1, &"/quiet".into())
    );
    let slices = shown["history"].as_array().unwrap();
    let counted: Vec<_> = slices.iter().map(|slice| (&slice["requests"], &slice["errors"])).collect();
    assert_eq!(counted, [(&2.into(), &0.into()), (&1.into(), &1.into())]);
    assert_eq!((&slices[0]["seconds"], &shown["all"]["start"]["requests"]), (&10.0.into(), &3.into()));
}

#[test]
fn requests_that_are_traced_stand_for_others() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    let trace = |id, is_sampled| Some(Trace { id, span: 0xabc, is_sampled });
    drop(watched.begin_with(Request::get("/"), 0, text(""), trace(1, false)));
    assert!(!watched.page(Format::OpenMetrics).contains("trace_id"));
    drop(watched.begin_with(Request::get("/"), 0, text(""), trace(2, true)));
    let page = watched.page(Format::OpenMetrics);
    let exemplar =
        r#"le="0.005"} 2 # {trace_id="00000000000000000000000000000002",span_id="0000000000000abc"} 0."#;
    assert!(page.contains(exemplar), "{page}");
    crate::exposition::tests::parser::parse(&page, Format::OpenMetrics);
    assert!(!watched.page(Format::Text).contains("trace_id"));
}

#[test]
fn what_is_switched_off_is_not_there() {
    let config = Config { families: [crate::catalogue::Family::Build].into(), ..Config::default() };
    let mut watched = Watched::new(&config, &["/"]);
    watched.request("GET", 0, text(""));
    watched.metrics.build("shop", "1.2.3", "");
    let page = watched.page(Format::OpenMetrics);
    let help = "# HELP build What runs here.\n";
    assert_eq!(
        page,
        format!(
            "# TYPE build info\n{help}build_info{{service_name=\"shop\",service_version=\"1.2.3\"}} 1\n# EOF\n"
        )
    );
    assert_eq!(watched.metrics.percentiles().all.start.requests, 0);

    let watched = Watched::new(&Config { enabled: false, ..Config::default() }, &["/"]);
    assert_eq!(watched.page(Format::Text), "");
}
