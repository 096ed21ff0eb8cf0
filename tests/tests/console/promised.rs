//! What was promised of a route, and how the page tells that it is not kept.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tsk::core::Problem;
use tsk::http::{Router, get};
use tsk::metrics::slo::{DeclareSlo as _, Slo};
use tsk::{App, Config};
use tsk_tests::{Application, Chromium, curl};

use super::shown::url;

/// A service whose route fails as long as it is broken.
fn shop(is_broken: &Arc<AtomicBool>) -> Application {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    config.console.interval = Duration::from_millis(100);
    let is_broken = Arc::clone(is_broken);
    let orders = move || {
        let is_broken = is_broken.load(Ordering::Relaxed);
        async move { if is_broken { Err(Problem::internal(std::io::Error::other("gone"))) } else { Ok("orders") } }
    };
    let routes = Router::new()
        .route(get("/orders", orders).slo(Slo::availability(99.99)))
        .route(get("/users", || async { "users" }).slo(Slo::new().latency_ms(1000, 99.0)));
    Application::of(App::new(config).routes(routes))
}

fn ask(shop: &Application, path: &str, count: usize) {
    let mut stream = TcpStream::connect(shop.address()).expect("it listens");
    for left in (0..count).rev() {
        let end = if left == 0 { "connection: close\r\n" } else { "" };
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n{end}\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
    }
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("it answers, and closes");
    assert_eq!(answers.matches("HTTP/1.1 ").count(), count);
}

#[test]
fn a_route_that_fails_goes_from_ok_to_burning_to_spent() {
    let is_broken = Arc::new(AtomicBool::new(false));
    let shop = shop(&is_broken);
    let mut browser = Chromium::start();
    browser.watch();
    browser.open(&url(shop.admin(), "/console"));
    let row = |name: &str| {
        format!(
            "[...document.querySelectorAll('#objectives tbody tr')].find((row) => row.innerText.includes('{name}'))?.innerText"
        )
    };
    let orders = row("GET /orders availability");
    browser.until(&format!("/99.99 %\\tunknown\\t100 %/.test({orders})"));
    ask(&shop, "/orders", 20);
    browser.until(&format!("/\\tok\\t100 %\\t0 times as fast\\t\\t20\\t0/.test({orders})"));
    is_broken.store(true, Ordering::Relaxed);
    ask(&shop, "/orders", 2);
    // 2 of 22 are 909 times as many as may be; over 5 minutes that is a tenth of what may be in 30 days.
    browser.until(&format!(
        "/\\tburning\\t89 %\\t909 times as fast\\tErrorBudgetBurnFast is pending, for \\d+ s\\t22\\t2/.test({orders})"
    ));
    // It is told beside the route as well.
    browser.until(
        "[...document.querySelectorAll('#routes tbody tr')].some((row) => /GET \\/orders.*burning/s.test(row.innerText))",
    );
    browser.picture(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("console-burning.png"));
    ask(&shop, "/orders", 150);
    browser.until(&format!("/\\tspent\\t0 %/.test({orders})"));
    assert_eq!(
        browser.evaluate("document.querySelector('#objectives tbody tr').innerText.includes('/orders')"),
        true,
        "what matters most is the first"
    );
    browser.until("document.getElementById('objectives').innerText.includes('1 spent, 1 unknown')");
    browser.fill("#objectives input", "latency");
    browser.until("document.querySelectorAll('#objectives tbody tr').length === 1");
    browser.until(&format!("/GET \\/users latency-1s\\tGET \\/users\\t99 %/.test({})", row("/users")));
    assert_eq!(browser.complaints(), &[] as &[String]);
    // A program reads the same.
    let told = curl(&[&url(shop.admin(), "/insights/slo")]).body;
    let told: serde_json::Value = serde_json::from_slice(&told).expect("JSON");
    let orders = &told["objectives"][0];
    assert_eq!(
        (&orders["state"], &orders["method"], &orders["failed"]),
        (&"spent".into(), &"GET".into(), &152.into())
    );
    assert_eq!(orders["alert"]["severity"], "page");
}
