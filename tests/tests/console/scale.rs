//! A service of ten thousand routes, with a hundred consumers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::json;
use tsk::http::{Router, get};
use tsk::{App, Config};
use tsk_tests::{Application, Chromium};

use super::shown::{Shown, url};

const ROUTES: usize = 10_000;
const CONSUMERS: usize = 100;

/// A service whose routes have all had a request, the last one three.
fn service() -> Application {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    config.metrics.max_series_per_metric = 2 * ROUTES;
    config.metrics.max_series = 10 * ROUTES;
    let route = |number| get(&format!("/area-{}/things-{number}/{{id}}", number % 97), || async { "thing" });
    let routes = (0..ROUTES).map(route).fold(Router::new(), Router::route);
    let consumer = |number: usize| {
        json!({
            "id": format!("consumer-{number}"), "requests": number, "excess": 0, "seconds_ago": 1.5,
            "figures": { "requests": number, "errors": 0, "per_second": 0.5, "p50": 0.001, "p90": 0.001, "p99": 0.002 },
        })
    };
    let consumers: Vec<_> = (0..CONSUMERS).map(consumer).collect();
    let usage = Shown("usage", json!({ "consumers": consumers, "unique": CONSUMERS }));
    let service = Application::of(App::new(config).routes(routes).insight(usage));
    let stream = TcpStream::connect(service.address()).expect("it listens");
    let mut answers = BufReader::new(stream.try_clone().expect("a second descriptor"));
    let mut requests = stream;
    for number in (0..ROUTES).chain([ROUTES - 1; 2]) {
        let request = format!("GET /area-{}/things-{number}/7 HTTP/1.1\r\nhost: a\r\n\r\n", number % 97);
        requests.write_all(request.as_bytes()).expect("it reads");
        let mut line = String::new();
        while !line.ends_with("\n\r\n") {
            assert_ne!(answers.read_line(&mut line).expect("it answers"), 0);
        }
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        answers.read_exact(&mut [0; 5]).expect("the answer is `thing`");
    }
    service
}

/// The data of the first events of the stream.
fn events(service: &Application, count: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(service.admin()).expect("it listens");
    stream.write_all(b"GET /console/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("it reads");
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned)).take(count).collect()
}

#[test]
fn the_page_of_ten_thousand_routes_is_bounded_and_finds_each() {
    let service = service();
    for data in events(&service, 3) {
        assert!(data.len() < 256 * 1024, "{}", data.len());
        let message: serde_json::Value = serde_json::from_str(&data).expect("JSON");
        let http = &message["changed"]["http"];
        assert_eq!(http["routes_with_requests"], ROUTES);
        assert_eq!(http["routes"][0]["start"]["requests"], 3, "the busiest is the first");
    }
    let mut browser = Chromium::start();
    browser.watch();
    browser.window(1440, 900, false);
    browser.open(&url(service.admin(), "/console"));
    browser.until("document.querySelectorAll('#routes tbody tr').length > 40");
    browser.until("document.querySelectorAll('#usage tbody tr').length > 40");
    let nodes = browser.evaluate("document.querySelectorAll('*').length");
    assert!(nodes.as_u64().is_some_and(|nodes| nodes < 6000), "{nodes}");
    browser.until("document.getElementById('routes').innerText.includes('of 10,000')");
    browser.fill("#routes input", "things-4321/");
    browser.until("document.querySelectorAll('#routes tbody tr').length === 1");
    browser
        .until("document.querySelector('#routes tbody tr').innerText.includes('/area-53/things-4321/{id}')");
    browser.fill("#usage input", "consumer-99");
    browser.until("document.querySelectorAll('#usage tbody tr').length === 1");
    browser.picture(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("console-scale.png"));
    assert_eq!(browser.complaints(), &[] as &[String]);
}
