//! The page of a service that runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tsk::core::{Problem, check::Finding};
use tsk::health::Kind;
use tsk::http::{Path as PathOf, Router, get};
use tsk::ratelimit::{DeclareLimit as _, Rule};
use tsk::{App, Config};
use tsk_tests::{Application, Chromium, curl};

use super::shown::{all, mounted, url};

/// A shop, some of whose routes fail, are slow or are limited.
fn shop(change: impl FnOnce(&mut Config)) -> Application {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    config.console.interval = Duration::from_millis(200);
    config.health.service = Some("shop".to_owned());
    config.tracing.slow = Duration::from_millis(1);
    change(&mut config);
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        "a report"
    };
    let broken = || async {
        Err::<(), _>(Problem::internal(std::io::Error::other("no connection to the database at 10.1.2.3")))
    };
    let routes = Router::new()
        .route(get("/users/{id}", |PathOf(id): PathOf<u64>| async move { format!("user {id}") }))
        .route(get("/orders", || async { "orders" }))
        .route(get("/report", slow))
        .route(get("/broken", broken))
        .route(get("/search", || async { "found" }).limit(Rule::per_hour(3).name("search")));
    let stock = || async { Finding::pass().observed(12.0, "boxes") };
    Application::of(App::new(config).routes(routes).check("stock", Kind::Readiness, stock))
}

fn ask(shop: &Application) {
    for _ in 0..9 {
        for path in ["/users/42", "/users/7", "/orders", "/report", "/broken", "/search", "/nowhere"] {
            curl(&["-A", "storefront/1.2", &shop.url(path)]);
        }
    }
}

fn text_of(id: &str) -> String {
    format!("document.getElementById('{id}').innerText")
}

#[test]
fn it_shows_what_the_service_does_and_asks_nobody_else() {
    let shop = shop(|_| {});
    ask(&shop);
    let mut browser = Chromium::start();
    browser.watch();
    let page = url(shop.admin(), "/console");
    browser.open(&page);
    browser.until("document.getElementById('connection').innerText === 'Live'");
    // What is counted is what was asked, and is shown while it changes.
    browser.until(&format!("/GET \\/users\\/\\{{id\\}}.*\\t18(\\s|$)/m.test({})", text_of("routes")));
    curl(&[&shop.url("/users/42")]);
    browser.until(&format!("/GET \\/users\\/\\{{id\\}}.*\\t19(\\s|$)/m.test({})", text_of("routes")));
    browser.until(&format!("{}.includes('GET /broken')", text_of("traces")));
    browser.until(&format!("{}.includes('GET /report')", text_of("traces")));
    browser.until(&format!("{}.includes('GET /broken')", text_of("errors")));
    browser.until("document.querySelector('.map').textContent.includes('storefront')");
    browser.until(&format!("/search.*refused 6/.test({})", text_of("limits")));
    browser.until(&format!("/stock.*pass.*12 boxes/s.test({})", text_of("health")));
    browser.until("document.getElementById('health-badge').innerText === 'healthy'");
    assert_eq!(browser.evaluate("document.title"), "shop · Console");
    let own = format!("http://{}/console", shop.admin());
    let elsewhere = browser.asked().iter().filter(|url| !url.starts_with(&own) && !url.starts_with("data:"));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(browser.complaints(), &[] as &[String]);
}

#[test]
fn what_has_failed_is_shown_at_once_and_found_by_who_searched_before() {
    // Nothing is exported while this runs: what is shown does not wait for that.
    let shop = shop(|config| config.tracing.export.interval = Duration::from_secs(3600));
    let mut browser = Chromium::start();
    browser.open(&url(shop.admin(), "/console"));
    browser.until(&format!("{}.includes('No request is known that failed.')", text_of("traces")));
    curl(&[&shop.url("/broken")]);
    curl(&[&shop.url("/broken")]);
    browser.until("document.querySelectorAll('#traces .traces > li').length === 2");
    browser.until(&format!("/GET \\/broken\\t2\\t/.test({})", text_of("errors")));
    browser.fill("#traces input[type=search]", "/nowhere-yet");
    browser.until(&format!("{}.includes('None that is kept has this in it.')", text_of("traces")));
    browser.fill("#traces input[type=search]", "/report");
    browser.until(&format!("{}.includes('None that is kept has this in it.')", text_of("traces")));
    curl(&[&shop.url("/report")]);
    browser.until(&format!("{}.includes('GET /report')", text_of("traces")));
}

#[test]
fn it_looks_as_it_should_on_screens_of_all_kinds() {
    let shop = shop(|_| {});
    ask(&shop);
    let mut browser = Chromium::start();
    for (name, width, height, is_dark) in
        [("light", 1440, 900, false), ("dark", 1440, 900, true), ("narrow", 390, 844, false)]
    {
        browser.window(width, height, is_dark);
        browser.open(&url(shop.admin(), "/console"));
        browser.until(&format!("{}.includes('GET /broken')", text_of("errors")));
        browser.evaluate("document.querySelector('.traces details').open = true");
        let overflow =
            browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, 0, "{name}: nothing is beyond the edge of the screen");
        browser.picture(&pictures().join(format!("console-{name}.png")));
    }
    // What this service has nothing of.
    let all = mounted(all());
    for (name, width, is_dark) in [("all", 1440, false), ("all-dark", 1440, true), ("all-narrow", 390, false)]
    {
        browser.window(width, 900, is_dark);
        browser.open(&all.url("/inner/console"));
        browser.until("document.querySelectorAll('#usage tbody tr').length > 3");
        browser.evaluate("document.querySelector('.traces details').open = true");
        browser.until("document.querySelectorAll('.waterfall li').length > 3");
        let overflow =
            browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, 0, "{name}: nothing is beyond the edge of the screen");
        browser.picture(&pictures().join(format!("console-{name}.png")));
    }
    let back = "getComputedStyle(document.body).backgroundColor";
    browser.window(390, 844, true);
    let dark = browser.evaluate(back);
    browser.window(390, 844, false);
    assert_ne!(browser.evaluate(back), dark);
}

/// Where somebody who changes the page finds how it looks.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}

#[test]
fn everything_can_be_reached_and_done_by_the_keyboard() {
    let shop = shop(|_| {});
    ask(&shop);
    let mut browser = Chromium::start();
    browser.open(&url(shop.admin(), "/console"));
    browser.until(&format!("{}.includes('GET /broken')", text_of("errors")));
    browser.evaluate("document.getElementById('pause').click()");
    // Beyond the last one, the focus leaves the page and comes back to the first.
    let all = browser.evaluate(
        "(() => { const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')] \
         .filter((one) => one.checkVisibility() && one.tabIndex >= 0); return all.length })()",
    );
    let all = all.as_u64().expect("a number");
    assert!(all > 30, "{all}");
    browser.evaluate("window.reached = new Set(); document.activeElement.blur()");
    for _ in 0..all {
        browser.press("Tab", 9);
        browser.evaluate("window.reached.add(document.activeElement)");
    }
    assert_eq!(browser.evaluate("window.reached.size"), all);
    let unnamed = browser.evaluate(
        "[...window.reached].filter((one) => (one.innerText || one.labels?.[0]?.innerText || one.ariaLabel || '') === '') \
         .map((one) => one.outerHTML)",
    );
    assert_eq!(unnamed, serde_json::json!([]), "each has a name");
    // A summary opens what it is of, and a head of a column sorts.
    browser.evaluate("document.querySelector('.traces summary').focus()");
    browser.press("Enter", 13);
    browser.until("document.querySelectorAll('.waterfall li').length > 0");
    browser.evaluate("document.querySelector('#routes thead button').focus()");
    browser.press("Enter", 13);
    browser.until("document.querySelector('#routes th[aria-sort=ascending]') !== null");
}

#[test]
fn a_screen_reader_is_told_what_is_where_and_not_each_number() {
    let shop = shop(|_| {});
    ask(&shop);
    let mut browser = Chromium::start();
    browser.open(&url(shop.admin(), "/console"));
    browser.until(&format!("{}.includes('GET /broken')", text_of("errors")));
    for (what, expression) in [
        (
            "landmarks",
            "['header', 'nav[aria-label]', 'main'].every((name) => document.querySelectorAll(name).length === 1)",
        ),
        (
            "sections have names",
            "[...document.querySelectorAll('section')].every((one) => \
            document.getElementById(one.getAttribute('aria-labelledby')).innerText !== undefined)",
        ),
        (
            "pictures have words",
            "[...document.querySelectorAll('svg')].every((one) => \
            one.getAttribute('aria-hidden') === 'true' || (one.getAttribute('role') === 'img' && one.ariaLabel.length > 10))",
        ),
        (
            "tables have captions",
            "[...document.querySelectorAll('table')].every((one) => one.caption?.textContent.length > 3)",
        ),
        (
            "heads of columns and rows",
            "[...document.querySelectorAll('th')].every((one) => ['col', 'row'].includes(one.scope))",
        ),
        (
            "charts are tables too",
            "document.querySelectorAll('figure').length === 3 && \
            [...document.querySelectorAll('figure')].every((one) => one.querySelector('table') !== null)",
        ),
        (
            "fields have labels",
            "[...document.querySelectorAll('input, select')].every((one) => one.labels.length > 0)",
        ),
    ] {
        assert_eq!(browser.evaluate(expression), true, "{what}");
    }
    // What is announced are changes, of which there is none while all goes well.
    let live = "[...document.querySelectorAll('[role=status], [aria-live]:not([aria-live=off])')]";
    browser.evaluate(&format!("window.before = {live}.map((one) => one.innerText).join()"));
    let routes = text_of("routes");
    browser.evaluate(&format!("window.seen = {routes}"));
    curl(&[&shop.url("/orders")]);
    browser.until(&format!("window.seen !== {routes}"));
    assert_eq!(
        browser.evaluate(&format!("window.before === {live}.map((one) => one.innerText).join()")),
        true
    );
}

#[test]
fn where_there_is_a_token_the_page_asks_for_it_and_keeps_it_nowhere() {
    const TOKEN: &str = "correct horse battery staple";
    let shop = shop(|config| config.admin.token = Some(TOKEN.to_owned().into()));
    let mut browser = Chromium::start();
    browser.open(&url(shop.admin(), "/console"));
    browser.until("!document.getElementById('token').hidden");
    browser.fill("#token-field", "something else entirely");
    browser.press("Enter", 13);
    browser.until("document.getElementById('trouble').innerText === 'This was not the token.'");
    browser.fill("#token-field", TOKEN);
    browser.press("Enter", 13);
    browser.until("document.getElementById('connection').innerText === 'Live'");
    let kept = browser.evaluate(
        "[document.cookie, localStorage.length, sessionStorage.length, location.href.includes('horse')]",
    );
    assert_eq!(kept, serde_json::json!(["", 0, 0, false]));
    let page = curl(&[&url(shop.admin(), "/console")]);
    assert_eq!((page.status, curl(&[&url(shop.admin(), "/console/stream")]).status), (200, 401));
}

#[test]
fn who_pauses_looks_no_more_and_a_service_that_went_is_told_of() {
    let shop = shop(|_| {});
    let mut browser = Chromium::start();
    browser.open(&url(shop.admin(), "/console"));
    browser.until("document.getElementById('connection').innerText === 'Live'");
    browser.evaluate("document.getElementById('pause').click()");
    browser.until("document.getElementById('connection').innerText === 'Paused'");
    browser.evaluate("document.getElementById('pause').click()");
    browser.until("document.getElementById('connection').innerText === 'Live'");
    shop.stop();
    browser.until("document.getElementById('announcement').innerText.includes('connection is lost')");
    browser.until("!document.getElementById('trouble').hidden");
}
