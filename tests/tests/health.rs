//! Checks of real databases, and alerts that a real Alertmanager takes.

use std::sync::mpsc;

use serde_json::{Value, json};
use tsk::http::{Json, Router, post};
use tsk_tests::{Application, DEADLINE, Daemon, Watched, curl, until};

/// A check that is made often, and believed at once.
fn often(kind: &str, url: String) -> Value {
    json!({
        "kind": kind, "name": kind, "url": url,
        "interval": "20ms", "timeout": "500ms", "fail_after": 2, "recover_after": 1,
    })
}

fn with(mut check: Value, more: Value) -> Value {
    let more = more.as_object().expect("an object").clone();
    check.as_object_mut().expect("an object").extend(more);
    check
}

/// A server that is stopped, paused and started is found to be so.
fn comes_and_goes(mut daemon: Daemon, kind: &str, url: String) {
    let watched = Watched::start(json!({ "check": [often(kind, url)] }));
    watched.until_ready(true);
    daemon.stop();
    watched.until_ready(false);
    watched.until_says(kind, "Connection refused");
    daemon.run();
    watched.until_ready(true);
    daemon.pause();
    watched.until_ready(false);
    watched.until_says(kind, "there was no result within 500ms");
    daemon.resume();
    watched.until_ready(true);
    assert!(!watched.health.detail().to_string().contains(daemon.password()));
    watched.stop();
}

#[test]
fn a_database_of_postgres_that_is_stopped_or_hangs_is_found() {
    let daemon = Daemon::postgres();
    let url = format!("postgres://tsk:{}@{}/postgres", daemon.password(), daemon.address());
    comes_and_goes(daemon, "postgres", url);
}

#[test]
fn a_redis_that_is_stopped_or_hangs_is_found() {
    let daemon = Daemon::redis();
    let url = format!("redis://:{}@{}", daemon.password(), daemon.address());
    comes_and_goes(daemon, "redis", url);
}

#[test]
fn postgres_says_why_it_lets_nobody_in_and_tls_is_verified() {
    let daemon = Daemon::postgres();
    let (port, password) = (daemon.address().port(), daemon.password());
    let check = |name: &str, user: &str, database: &str, more: Value| {
        let url = format!("postgres://{user}@localhost:{port}/{database}");
        with(with(often("postgres", url), json!({ "name": name })), more)
    };
    let believed = json!({ "authorities": daemon.authority() });
    let me = format!("tsk:{password}");
    let watched = Watched::start(json!({ "check": [
        check("wrong", "tsk:wr0ng", "postgres", json!({})),
        check("nowhere", &me, "nowhere", json!({})),
        check("secure", &me, "postgres?sslmode=verify-full", believed),
        check("strange", &me, "postgres?sslmode=require", json!({})),
    ]}));
    watched.until_says("wrong", "28P01 password authentication failed for user \"tsk\"");
    watched.until_says("nowhere", "3D000 database \"nowhere\" does not exist");
    watched.until_says("strange", "invalid peer certificate: UnknownIssuer");
    until("pass", || {
        let check = watched.check("secure");
        if check["status"] == "pass" { Ok(()) } else { Err(check) }
    });
    assert!(!watched.health.detail().to_string().contains("wr0ng"));
}

#[test]
fn redis_says_why_it_lets_nobody_in_and_tls_is_verified() {
    let daemon = Daemon::redis();
    let (address, secure, password) = (daemon.address(), daemon.secure_port(), daemon.password());
    let check =
        |name: &str, url: String, more: Value| with(with(often("redis", url), json!({ "name": name })), more);
    let believed = json!({ "authorities": daemon.authority() });
    let watched = Watched::start(json!({ "check": [
        check("nobody", format!("redis://{address}"), json!({})),
        check("wrong", format!("redis://:wr0ng@{address}"), json!({})),
        check("secure", format!("rediss://default:{password}@localhost:{secure}"), believed),
        check("strange", format!("rediss://:{password}@localhost:{secure}"), json!({})),
    ]}));
    watched.until_says("nobody", "NOAUTH Authentication required.");
    watched.until_says("wrong", "WRONGPASS");
    watched.until_says("strange", "invalid peer certificate: UnknownIssuer");
    until("pass", || {
        let check = watched.check("secure");
        if check["status"] == "pass" { Ok(()) } else { Err(check) }
    });
    assert!(!watched.health.detail().to_string().contains("wr0ng"));
}

#[test]
fn an_answer_is_held_against_what_it_should_be() {
    let routes = Router::new().route(tsk::http::get("/state", || async { "all is well" }));
    let service = Application::start(routes);
    let check = |name: &str, path: &str, more: Value| {
        with(with(often("http", service.url(path)), json!({ "name": name })), more)
    };
    let watched = Watched::start(json!({ "check": [
        check("well", "/state", json!({ "contains": "is well" })),
        check("ill", "/state", json!({ "contains": "is ill" })),
        check("gone", "/gone", json!({})),
        check("rightly", "/gone", json!({ "status": [404] })),
    ]}));
    watched.until_says("ill", "the answer was 200 OK, without what it should contain");
    watched.until_says("gone", "the answer was 404 Not Found");
    for name in ["well", "rightly"] {
        until("pass", || {
            let check = watched.check(name);
            if check["status"] == "pass" { Ok(()) } else { Err(check) }
        });
    }
}

/// The alerts that an Alertmanager shows.
fn alerts(daemon: &Daemon) -> Vec<Value> {
    let answer = curl(&[&format!("http://{}/api/v2/alerts", daemon.address())]);
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_slice(&answer.body).expect("a list of alerts")
}

#[test]
fn an_alertmanager_shows_what_fails_for_as_long_as_it_does() {
    let alertmanager = Daemon::alertmanager();
    let mut redis = Daemon::redis();
    let url = format!("redis://:{}@{}", redis.password(), redis.address());
    let watched = Watched::start(json!({
        "service": "shop",
        "labels": { "env": "test" },
        "quiet": "0s",
        "check": [often("redis", url)],
        "notify": [{
            "to": "alertmanager",
            "url": format!("http://{}", alertmanager.address()),
            "resolve_timeout": "4s",
        }],
    }));
    watched.until_ready(true);
    redis.stop();
    let firing = until("alert", || alerts(&alertmanager).pop().ok_or("none"));
    let labels = json!({
        "alertname": "HealthCheckFailing", "check": "redis", "severity": "critical", "service": "shop", "env": "test",
    });
    assert_eq!((&firing["labels"], &firing["status"]["state"]), (&labels, &"active".into()));
    assert!(firing["annotations"]["summary"].as_str().is_some_and(|text| text.starts_with("redis fails: ")));
    // It is sent again before it would end by itself, from when on it would be gone.
    let ends = firing["endsAt"].clone();
    until("later end", || {
        let now = alerts(&alertmanager).pop().expect("it fails still");
        if now["endsAt"] != ends { Ok(()) } else { Err(now) }
    });
    redis.run();
    until("end", || alerts(&alertmanager).pop().map_or(Ok(()), Err));
    watched.stop();
}

/// Takes notices.
fn hook() -> (Router, mpsc::Receiver<Value>) {
    let (sender, told) = mpsc::channel();
    let take = move |Json(body): Json<Value>| {
        let sender = sender.clone();
        async move {
            sender.send(body).expect("the test waits");
            "thanks"
        }
    };
    (Router::new().route(post("/hook", take)), told)
}

#[test]
fn a_webhook_is_told_and_told_again_until_it_takes_it() {
    let service = Application::start(hook().0);
    let (address, url) = (service.address(), service.url("/hook"));
    service.stop();

    let mut redis = Daemon::redis();
    let watched = Watched::start(json!({
        "service": "shop",
        "quiet": "0s",
        "check": [often("redis", format!("redis://:{}@{}", redis.password(), redis.address()))],
        "notify": [{ "to": "webhook", "url": url }],
    }));
    watched.until_ready(true);
    redis.stop();
    // Nobody takes it, for now.
    until("error", || {
        let notices = watched.health.detail()["notices"][0].clone();
        let error = notices["error"].as_str().unwrap_or_default();
        if error.starts_with(&format!("http://{address}: there is no connection")) {
            Ok(())
        } else {
            Err(notices)
        }
    });
    let (routes, told) = hook();
    let _service = Application::start_at(address, routes);
    let first = told.recv_timeout(DEADLINE).expect("it is told");
    let said = (&first["check"], &first["status"], &first["service"]);
    assert_eq!(said, (&"redis".into(), &"fail".into(), &"shop".into()));
    redis.run();
    let second = told.recv_timeout(DEADLINE).expect("it is told of the end");
    assert_eq!((&second["status"], &second["text"]), (&"pass".into(), &"redis works again".into()));
    watched.stop();
}
