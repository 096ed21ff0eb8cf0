//! `tsk metrics` and `tsk grafana`: files for Prometheus and Grafana, without a server.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::thread;

use harness::{complaint, end, json, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = "
[[route]]
path = '/prices'
respond = '1'

[[slo]]
name = 'prices'
route = 'GET /prices'
availability = 99.9
latency = { '50ms' = 99.0 }

[alerts]
matchers = { job = 'site' }

[grafana]
title = 'Site'
uid = 'site'
";

fn site(text: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tsk.toml"), text).unwrap();
    directory
}

#[test]
fn rules_are_written_with_tests_that_find_them() {
    let directory = site(SITE);
    let path = directory.path();
    let printed = success(tsk(path, &["metrics", "rules"]));
    assert!(printed.contains("alert: ErrorBudgetBurnFast") && printed.contains("job=\"site\""), "{printed}");
    fs::create_dir(path.join("deep")).unwrap();
    let args = ["metrics", "rules", "--output", "deep/rules.yml", "--tests", "rules.test.yml", "--json"];
    assert_eq!(json(tsk(path, &args))["files"], serde_json::json!(["deep/rules.yml", "rules.test.yml"]));
    assert_eq!(fs::read_to_string(path.join("deep/rules.yml")).unwrap(), printed);
    let tests = fs::read_to_string(path.join("rules.test.yml")).unwrap();
    assert!(tests.contains("rule_files:\n  - \"deep/rules.yml\"\n"), "{tests}");
}

#[test]
fn rules_that_are_not_those_of_today_are_found() {
    let directory = site(SITE);
    let path = directory.path();
    success(tsk(path, &["metrics", "rules", "--output", "rules.yml"]));
    assert!(success(tsk(path, &["metrics", "check", "rules.yml"])).contains(" rules in 3 groups"));
    fs::write(path.join("tsk.toml"), SITE.replace("99.9", "99.5")).unwrap();
    let told = complaint(tsk(path, &["metrics", "check", "rules.yml"]), 1);
    assert!(
        told.starts_with("rules.yml:") && told.ends_with("write them with `tsk metrics rules`"),
        "{told}"
    );
}

#[test]
fn a_promise_that_cannot_be_watched_is_a_mistake_in_the_file() {
    let directory = site(&SITE.replace("50ms", "60ms"));
    for args in [["metrics", "check"], ["web", "test"]] {
        let ended = end(tsk(directory.path(), &args));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("`slo[0]`: latency-60ms cannot be told"), "{said}");
        assert_ne!(ended.code, Some(0));
    }
    assert!(complaint(tsk(directory.path(), &["metrics", "rules"]), 78).contains("say 0.05 or 0.075"));
}

#[test]
fn dashboards_are_written_and_hold_what_they_ask_for() {
    let directory = site(SITE);
    let path = directory.path();
    let args = ["grafana", "generate", "dashboards", "--provisioning", "provisioning", "--json"];
    let files = json(tsk(path, &[&args[..], &["--pages=http://a", "--tickets=http://b"]].concat()));
    let files: Vec<_> = files["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(files.len(), 9 + 4, "{files:?}");
    let read = |file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(path.join(file)).unwrap()).unwrap()
    };
    let all: Vec<_> = files.iter().map(|file| read(file)).collect();
    assert!(all.iter().all(Value::is_object));
    assert_eq!(read("dashboards/site-promises.json")["title"], "Site: what is promised");
    success(tsk(path, &["grafana", "check"]));
    success(tsk(
        path,
        &["grafana", "check", "dashboards/site-overview.json", "dashboards/site-promises.json"],
    ));
    let mut overview = read("dashboards/site-overview.json");
    overview["panels"][1]["targets"][0]["expr"] = "sum(http_requests_total)".into();
    fs::write(path.join("mine.json"), overview.to_string()).unwrap();
    let ended = end(tsk(path, &["grafana", "check", "mine.json"]));
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.stdout,
        "mine.json: Requests: the service gives out no `http_requests_total`\n1 dashboards, 1 mistakes\n"
    );
    success(tsk(path, &["grafana", "generate", "resources", "--form", "v2"]));
    assert_eq!(read("resources/site-overview.json")["kind"], "Dashboard");
}

#[test]
fn a_push_demands_a_token_and_says_where_it_went_wrong() {
    let directory = site(SITE);
    let push = |token: Option<&str>| {
        let mut command = tsk(directory.path(), &["grafana", "push", "--url", "http://127.0.0.1:1"]);
        token.map(|token| command.env("GRAFANA_TOKEN", token));
        command
    };
    assert!(complaint(push(None), 2).contains("set GRAFANA_TOKEN"));
    let told = complaint(push(Some("glsa_x")), 1);
    assert!(told.starts_with("http://127.0.0.1:1: there is no connection"), "{told}");
}

/// Answers every query with one line, until the process ends.
fn prometheus() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}")
}

/// Reads requests with a body by their length, one after another.
fn answer(mut stream: TcpStream) {
    const BODY: &str = r#"{"status":"success","data":{"result":[{"metric":{"http_route":"/<b>"},"values":[[1,"1"],[2,"2"]]}]}}"#;
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len()).unwrap();
    }
}

#[test]
fn a_report_is_printed_written_and_mailed() {
    let directory = site(SITE);
    let (path, prometheus) = (directory.path(), prometheus());
    let report = |more: &[&str]| {
        let args = ["grafana", "report", "--prometheus", &prometheus];
        tsk(path, &[&args[..], more].concat())
    };
    let html = success(report(&[]));
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<svg ") && !html.contains("/<b>"),
        "{html}"
    );
    success(report(&["--form", "markdown", "--output", "report.md"]));
    assert!(fs::read_to_string(path.join("report.md")).unwrap().starts_with("# Site\n"));
    let sendmail = path.join("sendmail");
    let script = format!("#!/bin/sh\necho \"$@\" > {0}/args\ncat > {0}/mail\n", path.display());
    fs::write(&sendmail, script).unwrap();
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o755)).unwrap();
    let mut mail = report(&["--mail", "team@example.org", "--sendmail", "./sendmail"]);
    mail.env("PATH", "/usr/bin:/bin");
    success(mail);
    assert_eq!(fs::read_to_string(path.join("args")).unwrap(), "-t -i\n");
    let mail = fs::read_to_string(path.join("mail")).unwrap();
    assert!(mail.starts_with("To: team@example.org\nSubject: Site: report\nMIME-Version: 1.0\n"), "{mail}");
    assert!(mail.contains("\n\n<!doctype html>"));
    let told = complaint(report(&["--mail", "a@b\nbcc: c@d"]), 2);
    assert!(told.contains("write an address"), "{told}");
    assert!(complaint(report(&["--mail", "a@b", "--output", "x"]), 2).contains("goes to one place"));
}

#[test]
fn a_report_is_sent_to_a_webhook_and_a_refusal_told() {
    let directory = site(SITE);
    let prometheus = prometheus();
    let report = |webhook: &str| {
        tsk(directory.path(), &["grafana", "report", "--prometheus", &prometheus, "--webhook", webhook])
    };
    // Whatever answers with 200 takes it.
    success(report(&format!("{prometheus}/hook")));
    let told = complaint(report("http://127.0.0.1:1/hook"), 1);
    assert!(told.starts_with("http://127.0.0.1:1/hook: there is no connection"), "{told}");
}
