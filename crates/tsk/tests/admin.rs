//! The admin listener of a service, as an operator finds it.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tsk::core::{Drain, Insight, check::Finding};
use tsk::health::Kind;
use tsk::prelude::*;
use tsk::ratelimit::Rule;

/// A service that runs until it is dropped, and where its admin listener is.
struct Running {
    address: String,
    public: String,
    drain: Drain,
    handle: tsk::Handle,
}

impl Running {
    async fn start(app: impl FnOnce(App) -> App) -> Self {
        let mut config = Config::default();
        config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
        let app = app(App::new(config));
        let drain = app.drain();
        let bound = app.bind().await.unwrap();
        let address = bound.admin_address().unwrap().tcp().unwrap().to_string();
        let (public, handle) = (bound.addresses()[0].tcp().unwrap().to_string(), bound.handle());
        tokio::spawn(bound.serve());
        Self { address, public, drain, handle }
    }

    /// What the admin listener answers: the status and the body.
    async fn get(&self, path: &str) -> (u16, String) {
        Self::ask(&self.address, path).await
    }

    /// What everybody is answered.
    async fn get_public(&self, path: &str) -> (u16, String) {
        Self::ask(&self.public, path).await
    }

    async fn ask(address: &str, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        Self::send(address, request).await
    }

    async fn send(address: &str, request: String) -> (u16, String) {
        let address = address.to_owned();
        let asking = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = asking.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain.start();
    }
}

struct Jobs;

impl Insight for Jobs {
    fn name(&self) -> &str {
        "jobs"
    }

    fn snapshot(&self) -> Value {
        json!({ "waiting": 3 })
    }
}

#[tokio::test]
async fn what_the_application_shows_can_be_looked_into() {
    let running = Running::start(|app| app.insight(Jobs)).await;
    let names: Vec<String> = serde_json::from_str(&running.get("/insights").await.1).unwrap();
    assert!(names.contains(&"jobs".to_owned()), "{names:?}");
    assert_eq!(running.get("/insights/jobs").await, (200, r#"{"waiting":3}"#.to_owned()));
    let (status, problem) = running.get("/insights/nothing").await;
    assert!(status == 404 && problem.contains("`/insights` has the names"), "{problem}");
}

#[tokio::test]
async fn who_is_refused_is_told_to_operators_with_the_reason() {
    let running = Running::start(|app| {
        let hello = get("/", || async { "hello" }).limit(Rule::per_hour(2).name("hello"));
        app.routes(Router::new().route(hello))
    })
    .await;
    for expected in [200, 200, 429] {
        assert_eq!(running.get_public("/").await.0, expected);
    }
    let (status, explanation) = running.get("/limits/explain?address=127.0.0.1&route=GET%20/").await;
    let explanation: Value = serde_json::from_str(&explanation).unwrap();
    let limit = &explanation["limits"][0];
    assert_eq!((status, &limit["policy"], &limit["would_refuse"]), (200, &json!("hello"), &json!(true)));
    assert_eq!((&limit["account"]["remaining"], &limit["refused"]["count"]), (&json!(0), &json!(1)));
    for (path, reason) in [
        ("/limits/explain", "an address or a key"),
        ("/limits/explain?address=127.0.0.1&route=/nowhere", "there is no route `/nowhere`"),
        ("/limits/explain?addres=127.0.0.1", "addres"),
    ] {
        let (status, problem) = running.get(path).await;
        assert!(matches!(status, 400 | 422) && problem.contains(reason), "{path}: {status} {problem}");
    }
    let insight: Value = serde_json::from_str(&running.get("/insights/limits").await.1).unwrap();
    assert_eq!(insight["policies"]["hello"]["decisions"]["refused"], 1);
    assert_eq!(insight["refused_most"][0]["key"], Value::Null);
}

#[tokio::test]
async fn why_somebody_may_not_is_told_to_operators() {
    let running = Running::start(|app| {
        let posts = post("/posts", || async { "written" }).access(Access::role("editor"));
        app.routes(Router::new().route(posts)).auth(|auth| auth)
    })
    .await;
    let verdict = async |query: &str| -> Value {
        let (status, verdict) = running.get(&format!("/auth/explain?route=POST%20/posts{query}")).await;
        assert_eq!(status, 200, "{verdict}");
        serde_json::from_str(&verdict).unwrap()
    };
    assert_eq!(verdict("").await["status"], 401);
    let reader = verdict("&principal=ada&roles=reader%20other").await;
    assert_eq!((&reader["status"], &reader["refused_by"]), (&json!(403), &json!("role editor")));
    assert_eq!(verdict("&roles=editor").await["allowed"], true);
    for (query, reason) in [("route=/nowhere", "there is no route `/nowhere`"), ("role=editor", "role")] {
        let (status, problem) = running.get(&format!("/auth/explain?{query}")).await;
        assert!(matches!(status, 400 | 422) && problem.contains(reason), "{query}: {status} {problem}");
    }
}

#[tokio::test]
async fn nobody_is_limited_where_there_is_no_limit() {
    let running = Running::start(|app| app).await;
    let (status, explanation) = running.get("/limits/explain?key=ada").await;
    assert_eq!((status, explanation.as_str()), (200, r#"{"subject":"ada","limits":[]}"#));
    assert_eq!(running.get("/insights/limits").await.0, 404);
}

#[tokio::test]
async fn what_is_answered_is_counted_by_its_route() {
    let hello = Router::new().route(get("/hello/{name}", || async { "hello" }));
    let running = Running::start(|app| app.routes(hello)).await;
    for path in ["/hello/ada", "/hello/grace", "/nowhere"] {
        running.get_public(path).await;
    }
    let (status, page) = running.get("/metrics").await;
    assert_eq!(status, 200);
    let count = |labels: &str| {
        let line = format!("http_server_request_duration_seconds_count{{{labels}}} ");
        page.lines().find_map(|found| found.strip_prefix(&line)).map(str::to_owned)
    };
    let hello = r#"http_request_method="GET",http_route="/hello/{name}",http_response_status_code="200""#;
    assert_eq!(count(hello).as_deref(), Some("2"), "{page}");
    assert!(page.contains("\nserver_connections_accepted_total 3\n"), "{page}");
    assert!(page.contains("\nserver_connections_spoken_total{network_protocol_version=\"1\"} 3\n"), "{page}");
    assert!(page.contains("\ntokio_workers "), "{page}");
    let insight: Value = serde_json::from_str(&running.get("/insights/http").await.1).unwrap();
    assert_eq!(insight["all"]["start"]["requests"], 3);
}

#[tokio::test]
async fn counts_go_on_where_another_application_takes_the_place() {
    let routes = || Router::new().route(get("/", || async { "hello" }));
    let running = Running::start(|app| app.routes(routes())).await;
    running.get_public("/").await;
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    config.metrics.max_series = 77;
    let next = App::new(config).routes(routes());
    let drain = next.drain();
    assert_eq!(running.handle.replace(next).await.unwrap(), ["metrics"]);
    running.get_public("/").await;
    let page = running.get("/metrics").await.1;
    let counted =
        page.lines().find(|line| line.starts_with("http_server_request_duration_seconds_count{")).unwrap();
    assert!(counted.ends_with(" 2"), "{counted}");
    assert!(page.contains("\nserver_reloads_total{result=\"done\"} 1\n"), "{page}");
    drain.start();
}

#[tokio::test]
async fn probes_are_answered_to_everybody_and_the_detail_to_operators() {
    let (fix, broken) = tokio::sync::watch::channel(false);
    let check = move || {
        let is_fixed = *broken.borrow();
        async move { if is_fixed { Finding::pass() } else { Finding::fail("no stock") } }
    };
    let settings = tsk::health::Settings { interval: Duration::from_millis(10), ..Kind::Readiness.into() };
    let running = Running::start(|app| app.check("stock", settings, check)).await;
    assert_eq!(running.get_public("/livez").await, (200, "ok\n".to_owned()));
    assert_eq!(running.get_public("/readyz").await, (503, "unavailable\n".to_owned()));
    let health = running.handle.health();
    let mut looked = health.subscribe();
    looked.wait_for(|_| health.detail().to_string().contains("no stock")).await.unwrap();
    let (status, detail) = running.get("/health").await;
    assert!(status == 503 && detail.contains("no stock"), "{detail}");
    assert!(!running.get_public("/readyz").await.1.contains("stock"));
    fix.send(true).unwrap();
    looked.wait_for(|_| health.is_ready()).await.unwrap();
    assert_eq!(running.get_public("/readyz").await.0, 200);
    assert_eq!(running.get("/readyz?verbose").await.0, 200);
    // Probes are no requests of the service: nothing but this is counted.
    assert_eq!(running.get_public("/").await.0, 404);
    let page = running.get("/metrics").await.1;
    let counted = page.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
    let counted: Vec<_> = counted.filter_map(|line| line.split_once("} ")).map(|(_, count)| count).collect();
    assert_eq!(counted, ["1"], "{page}");
}

#[tokio::test]
async fn scrapers_of_other_machines_show_a_token() {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.enabled = false;
    config.metrics.listen = Some("0.0.0.0:0".into());
    let error = App::new(config.clone()).validate().unwrap_err();
    assert_eq!(error.key(), Some("metrics.listen"));
    config.metrics.token = Some("correct horse battery".to_owned().into());
    let app = App::new(config);
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    let port = bound.scraped_address().unwrap().tcp().unwrap().port();
    tokio::spawn(bound.serve());
    let (status, problem) = Running::ask(&format!("127.0.0.1:{port}"), "/metrics").await;
    assert!(status == 401 && problem.contains("`metrics.token`"), "{problem}");
    drain.start();
}

#[test]
fn a_route_where_a_probe_is_is_refused() {
    let routes = Router::new().route(get("/livez", || async { "mine" }));
    let error = App::new(Config::default()).routes(routes).validate().unwrap_err();
    assert_eq!(error.to_string(), "the route /livez is a probe of health: give it another path");
}

#[test]
fn two_of_one_name_are_refused() {
    let error = App::new(Config::default()).insight(Jobs).insight(Jobs).validate().unwrap_err();
    assert_eq!(error.to_string(), "two insights are called `jobs`: give one another name");
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let changed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let change = {
        let changed = std::sync::Arc::clone(&changed);
        move || {
            changed.store(true, std::sync::atomic::Ordering::Relaxed);
            async { "changed" }
        }
    };
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    let app = App::new(config);
    let drain = app.drain();
    let bound = app.bind().await.unwrap().admin_routes(Router::new().route(post("/change", change)));
    let address = bound.admin_address().unwrap().tcp().unwrap().to_string();
    tokio::spawn(bound.serve());
    let ask = async |lines: &str| {
        let request =
            format!("POST /change HTTP/1.1\r\n{lines}content-length: 2\r\nconnection: close\r\n\r\n{{}}");
        Running::send(&address, request).await.0
    };
    let host = format!("host: {address}\r\n");
    let json = "content-type: application/json\r\n";
    for (lines, status) in [
        // A form, which a page of any site can send without being asked for leave.
        (format!("{host}content-type: text/plain\r\n"), 415),
        (format!("{host}content-type: application/x-www-form-urlencoded\r\n"), 415),
        (format!("{host}{json}sec-fetch-site: cross-site\r\n"), 403),
        (format!("{host}{json}sec-fetch-site: same-site\r\n"), 403),
        (format!("host: rebound.example\r\n{json}"), 403),
    ] {
        assert_eq!(ask(&lines).await, status, "{lines}");
        assert!(!changed.load(std::sync::atomic::Ordering::Relaxed), "{lines}");
    }
    assert_eq!(ask(&format!("{host}{json}sec-fetch-site: same-origin\r\n")).await, 200);
    assert!(changed.load(std::sync::atomic::Ordering::Relaxed));
    drain.start();
}

#[tokio::test]
async fn where_another_program_has_the_usual_address_the_service_does_without() {
    // Whoever has it, this test or another program, there is no room for a second.
    let _taken = std::net::TcpListener::bind("127.0.0.1:9464");
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let app = App::new(config).routes(Router::new().route(get("/", || async { "hello" })));
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    assert!(bound.admin_address().is_none());
    let public = bound.addresses()[0].tcp().unwrap().to_string();
    tokio::spawn(bound.serve());
    assert_eq!(Running::ask(&public, "/").await, (200, "hello".to_owned()));
    drain.start();
}
