#![allow(clippy::unwrap_used)]

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use http::{HeaderValue, Request, StatusCode};
use proptest::prelude::*;
use serde_json::Value;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, IntoResponse, ObserveLayer, Peer, Principal, Problem, context::Trace, principal::Kind};

use super::*;
use crate::{Dispatch, Entry, Exit, Router, Routes, get, testing::Client};

/// A sink that can be read, and that can refuse or wait.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }
}

fn routes() -> Routes {
    let known = |context: RequestContext| async move {
        context.set_principal(Principal::new("ada \"x\"", Kind::User));
        context.set_trace(Trace { id: 0xabc, span: 0xdef, is_sampled: true });
        "hello"
    };
    let broken = || async { Problem::new(StatusCode::BAD_GATEWAY).into_response() };
    let routes = Router::new()
        .route(get("/users/{id}", known))
        .route(get("/assets/{*rest}", || async { "asset" }))
        .route(get("/broken", broken));
    routes.build().unwrap()
}

fn logged(routes: &Routes, log: Arc<AccessLog>) -> Logged {
    let dispatch = Dispatch::new(routes.clone(), 1024 * 1024);
    Entry::new(ObserveLayer::new(log).layer(Exit::new(dispatch, None)), routes.clone(), Peer::Local)
}

type Logged = Entry<<ObserveLayer<Arc<AccessLog>> as Layer<Exit<Dispatch>>>::Service>;

/// Asks for each target, with those headers, and gives what was logged.
async fn log(config: Config, targets: &[&str], headers: &[(&'static str, HeaderValue)]) -> Memory {
    let memory = Memory::default();
    let mut log = AccessLog::to(&config, memory.clone()).unwrap();
    let mut routes = routes();
    routes.bind(&mut log).unwrap();
    let client = Client::new(logged(&routes, Arc::new(log)));
    for target in targets {
        let request = client.get(target);
        headers
            .iter()
            .cloned()
            .fold(request, |request, (name, value)| request.header(name, value))
            .await
            .bytes()
            .await;
    }
    // With its last owner the log ends, and everything is written.
    drop(client);
    memory
}

#[tokio::test]
async fn a_line_has_what_was_asked_and_what_was_answered() {
    let agent = ("user-agent", HeaderValue::from_static("curl/8"));
    let memory = log(Config::default(), &["/users/7?page=2"], &[agent]).await;
    let [line] = &memory.lines()[..] else { panic!("{}", memory.text()) };
    for (key, value) in [
        ("method", "GET"),
        ("path", "/users/7"),
        ("query", "page=2"),
        ("route", "/users/{id}"),
        ("protocol", "HTTP/1.1"),
        ("peer", "local"),
        ("user_agent", "curl/8"),
        ("principal", "ada \"x\""),
        ("trace_id", "00000000000000000000000000000abc"),
        ("span_id", "0000000000000def"),
    ] {
        assert_eq!(line[key], value, "{line}");
    }
    assert_eq!((&line["status"], &line["bytes"]), (&Value::from(200), &Value::from(5)));
    assert_eq!(line["request_id"].as_str().unwrap().len(), 32);
    assert!(
        line["duration_us"].is_u64() && line.get("end").is_none() && line.get("sample").is_none(),
        "{line}"
    );
    let time = line["time"].as_str().unwrap();
    let parsed = humantime::parse_rfc3339(time).unwrap();
    assert!(parsed.elapsed().unwrap() < Duration::from_secs(60) && time.len() == 24, "{time}");
}

#[tokio::test]
async fn secrets_are_not_written() {
    let target = "/users/7?a=1&token=s3cret&PassWord=s3cret&%74oken=s3cret&mine=s3cret&b&code=s3cret";
    let referer = ("referer", HeaderValue::from_static("https://example.com/cb?code=s3cret&x=1"));
    let config = Config { redact: vec!["Mine".into()], ..Config::default() };
    let memory = log(config, &[target], &[referer]).await;
    assert!(!memory.text().contains("s3cret"), "{}", memory.text());
    let line = &memory.lines()[0];
    assert_eq!(line["query"], "a=1&token=***&PassWord=***&%74oken=***&mine=***&b&code=***");
    assert_eq!(line["referer"], "https://example.com/cb?code=***&x=1");
}

#[tokio::test]
async fn nor_are_they_where_a_header_is_not_ascii() {
    let address = "https://example.com/\u{e4}?code=s3cret&x=\u{e4}";
    let referer = ("referer", HeaderValue::from_bytes(address.as_bytes()).unwrap());
    let memory = log(Config::default(), &["/users/7"], &[referer]).await;
    assert_eq!(memory.lines()[0]["referer"], "https://example.com/\u{e4}?code=***&x=\u{e4}");
}

#[test]
fn every_character_that_could_end_a_string_is_escaped_wherever_it_stands() {
    for odd in ["\"", "\\", "\n", "\u{7f}", "\u{e4}", "\u{2028}"] {
        for before in 0..40 {
            let text = format!("{}{odd}{}", "a".repeat(before), "~ ".repeat(before % 20));
            let mut line = vec![b'"'];
            escape::escaped(text.as_bytes(), &mut line);
            line.push(b'"');
            assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
            assert!(!line.contains(&b'\n') && !line.contains(&0x7f));
        }
    }
}

#[test]
fn a_header_with_credentials_cannot_be_logged() {
    for (name, what) in
        [("Authorization", "credentials"), ("cookie", "credentials"), ("no name", "no header name")]
    {
        let config = Config { headers: vec![name.into()], ..Config::default() };
        let error = AccessLog::to(&config, io::sink()).unwrap_err().to_string();
        assert!(error.contains("http.access_log.headers") && error.contains(what), "{error}");
    }
    let config = Config { sample: 1.5, ..Config::default() };
    assert!(AccessLog::to(&config, io::sink()).unwrap_err().to_string().contains("from 0 to 1"));
}

#[tokio::test]
async fn the_first_rule_that_matches_decides() {
    let rule = |route: &str, status: Option<&str>, sample| Rule {
        route: (!route.is_empty()).then(|| route.into()),
        status: status.map(|status| status.parse().unwrap()),
        slower_than: None,
        sample,
    };
    let rules = vec![rule("", Some("5xx"), 1.0), rule("/assets/*", None, 0.0), rule("", Some("404"), 1.0)];
    let config = Config { sample: 0.0, rules, ..Config::default() };
    let memory = log(config, &["/users/7", "/assets/a.css", "/broken", "/nowhere"], &[]).await;
    let statuses: Vec<_> = memory.lines().iter().map(|line| line["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [502, 404]);

    let slow = Rule { slower_than: Some(Duration::from_secs(3600)), sample: 0.0, ..Rule::default() };
    let config = Config { rules: vec![slow], ..Config::default() };
    assert_eq!(log(config, &["/users/7"], &[]).await.lines().len(), 1);
}

#[tokio::test]
async fn a_share_of_the_rest_is_logged_and_says_so() {
    let config = Config { sample: 0.5, ..Config::default() };
    let lines = log(config, &["/users/7"; 200], &[]).await.lines();
    // Fewer than 40, or more than 160, of 200 would come once in 10^17 runs.
    assert!((40..160).contains(&lines.len()), "{}", lines.len());
    assert_eq!(lines[0]["sample"], 0.5);
}

#[tokio::test]
async fn text_is_a_line_too() {
    let forged = ("user-agent", HeaderValue::from_bytes(b"a\" \\ \xe2\x80\xae\xff b\tc").unwrap());
    let config = Config { format: Format::Text, ..Config::default() };
    let memory = log(config, &["/users/7?x=1"], &[forged]).await;
    let text = memory.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    let expected = "GET /users/7?x=1 local \"a\\\" \\\\ \\u202e\u{fffd} b\\u0009c\" \"\"\n";
    assert!(text.contains(" 200 ") && text.ends_with(expected), "{text}");
}

proptest! {
    #[test]
    fn whatever_a_client_sends_is_one_json_object(agent: Vec<u8>, path in "[ -~]{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let Ok(agent) = HeaderValue::from_bytes(&agent) else { return Ok(()) };
        let target = format!("/{path}");
        prop_assume!(target.parse::<http::Uri>().is_ok());
        let memory = runtime.block_on(log(Config::default(), &[&target], &[("user-agent", agent.clone())]));
        let lines = memory.lines();
        prop_assert_eq!(lines.len(), 1);
        let logged = lines[0]["user_agent"].as_str().unwrap();
        prop_assert_eq!(logged, &*String::from_utf8_lossy(agent.as_bytes()));
    }
}

#[tokio::test]
async fn a_line_is_bounded() {
    let long = HeaderValue::from_bytes(&b"\"".repeat(10_000)).unwrap();
    let target = format!("/users/{}?{}", "a".repeat(10_000), "b=c&".repeat(10_000));
    let memory = log(Config::default(), &[&target], &[("user-agent", long)]).await;
    assert!(memory.lines().len() == 1 && memory.text().len() < 8 * 1024, "{}", memory.text().len());
}

/// Waits, at each write, until it is let.
struct Slow {
    let_go: mpsc::Receiver<()>,
    writes: Arc<AtomicUsize>,
    memory: Memory,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes.fetch_add(1, SeqCst);
        let _ = self.let_go.recv();
        self.memory.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nobody_waits_for_a_slow_reader_and_what_is_lost_is_counted() {
    let (go, let_go) = mpsc::channel();
    let (writes, memory) = (Arc::<AtomicUsize>::default(), Memory::default());
    let sink = Slow { let_go, writes: Arc::clone(&writes), memory: memory.clone() };
    let log = Arc::new(AccessLog::to(&Config::default(), sink).unwrap());
    let mut service = logged(&routes(), Arc::clone(&log));
    let mut asked = 0;
    // A megabyte is kept for each thread, and the sink is at its first write.
    while log.dropped() < 100 {
        let request =
            Request::builder().uri(format!("/users/{}", "x".repeat(900))).body(Body::empty()).unwrap();
        drop(service.call(request).await.unwrap());
        asked += 1;
        assert!(asked < 100_000, "nothing is dropped");
    }
    assert_eq!(writes.load(SeqCst), 1);
    drop(go);
    drop(service);
    drop(log);
    let lines = memory.lines();
    let told: u64 = lines.iter().filter_map(|line| line["dropped"].as_u64()).sum();
    let written = lines.iter().filter(|line| line.get("path").is_some()).count();
    assert_eq!((written as u64 + told, told), (asked, 100));
}

#[test]
fn lines_of_many_threads_all_arrive() {
    let memory = Memory::default();
    let log = Arc::new(AccessLog::to(&Config::default(), memory.clone()).unwrap());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let log = Arc::clone(&log);
            scope.spawn(move || {
                let client = Client::new(logged(&routes(), log));
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..500 {
                        client.get("/users/7").await.bytes().await;
                    }
                });
            });
        }
    });
    drop(log);
    assert_eq!(memory.lines().len(), 8 * 500);
}

#[test]
fn a_file_that_was_moved_away_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("access.log");
    let mut sink = Sink::file(path.clone()).unwrap();
    sink.write(b"one\n").unwrap();
    std::fs::rename(&path, directory.path().join("access.log.1")).unwrap();
    sink.write(b"two\n").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
    assert_eq!(std::fs::read_to_string(directory.path().join("access.log.1")).unwrap(), "one\n");

    let error =
        AccessLog::new(&Config { to: Target::File(path.join("x")), ..Config::default() }).unwrap_err();
    assert!(error.to_string().contains("http.access_log.to"), "{error}");
}

#[test]
fn is_configured_as_it_is_written() {
    let config: Config = serde_json::from_value(serde_json::json!({
        "to": "/var/log/access.log", "format": "text", "sample": 0.1,
        "rules": [{"route": "/assets/*", "status": 404, "slower_than": "1s", "sample": 0.5}],
    }))
    .unwrap();
    let rule = &config.rules[0];
    assert_eq!(config.to, Target::File("/var/log/access.log".into()));
    assert!(rule.covers("/assets/x") && !rule.covers("/users"));
    assert!(rule.applies(Some(StatusCode::NOT_FOUND), Duration::from_secs(1)));
    assert!(!rule.applies(Some(StatusCode::OK), Duration::from_secs(1)));
    assert!(!rule.applies(Some(StatusCode::NOT_FOUND), Duration::from_millis(999)));
    assert!(
        ["6x", "5xxx", "0xx", "99", "1000", "65536xx", ""]
            .iter()
            .all(|text| text.parse::<Statuses>().is_err())
    );
}
