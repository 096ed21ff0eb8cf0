//! `tsk web test`, as an operator and a script see it.

#![allow(clippy::unwrap_used)]

mod checks;
#[path = "../harness/mod.rs"]
mod harness;
mod load;
mod stranger;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use harness::complaint;
use serde_json::Value;
use tempfile::TempDir;

/// `tsk` in a directory, to listen on a free port.
fn tsk(directory: &Path, args: &[&str]) -> Command {
    let mut command = harness::tsk(directory, args);
    command.env("TSK_HTTP__LISTEN", "127.0.0.1:0");
    command
}

fn test(directory: &Path, args: &[&str]) -> Command {
    let mut command = tsk(directory, &["web", "test"]);
    command.args(args);
    command
}

/// What a command prints, if it ends with `code`.
fn ended(command: Command, code: i32) -> String {
    let ended = harness::end(command);
    assert_eq!(ended.code, Some(code), "{ended:?}");
    ended.stdout
}

/// The report of a test that ends with `code`.
fn report(directory: &Path, args: &[&str], code: i32) -> Value {
    let mut command = test(directory, &["--json"]);
    command.args(args);
    let text = ended(command, code);
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The verdict on a subject of a report, and the message.
fn verdict(report: &Value, subject: &str) -> (String, String) {
    let lists = [&report["checks"], &report["routes"], &report["thresholds"]];
    let mut checks = lists.iter().flat_map(|list| list.as_array().unwrap()).chain([&report["server"]]);
    let check =
        checks.find(|check| check["subject"] == subject).unwrap_or_else(|| panic!("{subject}: {report}"));
    let text = |key: &str| check[key].as_str().unwrap().to_owned();
    (text("verdict"), text("message"))
}

/// A server that listens anywhere, and is killed when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Server { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn says_in_one_line_each_what_was_found_and_that_none_runs() {
    let directory = TempDir::new().unwrap();
    let text = ended(test(directory.path(), &[]), 0);
    let expected = "\
ok    configuration   there is no file; the defaults and the environment are right
ok    http.listen[0]  127.0.0.1:0 takes a free port
ok    state           .tsk can be made
ok    routes          1 can be served

skip  server  none runs here, so that no route was asked; start one, or pass --url

4 ok, 0 with a warning, 0 failed, 1 skipped
";
    assert_eq!(text, expected);
}

#[test]
fn finds_the_server_that_runs_and_asks_its_routes() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(tsk(directory.path(), &["web", "start"]));
    let report = report(directory.path(), &[], 0);
    let place = format!("{}, process {}", server.address, server.child.id());
    assert_eq!(verdict(&report, "server"), ("ok".into(), place));
    assert_eq!(report["routes"][0]["path"], "/");
    assert_eq!(report["routes"][0]["status"], 200);
    assert!(report["routes"][0]["latency_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(report["load"], Value::Null);
    assert_eq!(report["summary"]["fail"], 0);
}

#[test]
fn asks_the_first_page_of_a_site() {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join("public")).unwrap();
    std::fs::write(directory.path().join("public/page.html"), "hello").unwrap();
    let _server = Server::start(tsk(directory.path(), &["web", "start"]));
    let found = report(directory.path(), &[], 0);
    assert_eq!(verdict(&found, "GET /").0, "warn", "there is no index");
    std::fs::write(directory.path().join("public/index.html"), "hello").unwrap();
    assert_eq!(verdict(&report(directory.path(), &[], 0), "GET /").0, "ok");
}

#[test]
fn finds_a_server_on_a_unix_socket() {
    let directory = TempDir::new().unwrap();
    let socket = format!("unix:{}", directory.path().join("a.sock").display());
    let mut command = tsk(directory.path(), &["web", "start"]);
    command.env("TSK_HTTP__LISTEN", &socket);
    let server = Server::start(command);
    let mut command = test(directory.path(), &["--rate=100", "--duration=100ms", "--errors=0", "--offline"]);
    command.env("TSK_HTTP__LISTEN", &socket);
    let text = ended(command, 0);
    let held = format!("{socket} is held by the running server, process {}\n", server.child.id());
    assert!(text.contains(&held), "{text}");
    assert!(text.contains("\nrequests    10 due: 10 answered"), "{text}");
}

#[test]
fn a_server_that_was_named_has_to_be_there() {
    let directory = TempDir::new().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let found = report(directory.path(), &["--url", &url], 4);
    assert_eq!(verdict(&found, "server"), ("fail".into(), format!("{url}: the connection was refused")));
}

#[test]
fn a_route_fails_by_its_status_or_without_an_answer() {
    use stranger::Answer;
    let directory = TempDir::new().unwrap();
    let within = |timeout: &str, answer: fn() -> Answer, code| {
        let url = format!("http://{}", stranger::serve(move |_| answer()));
        report(directory.path(), &["--url", &url, "--timeout", timeout], code)
    };
    let at = |answer, code| within("1m", answer, code);
    assert_eq!(verdict(&at(|| Answer::Status(204), 0), "GET /").0, "ok");
    assert_eq!(verdict(&at(|| Answer::Status(403), 0), "GET /").0, "warn");
    assert_eq!(verdict(&at(|| Answer::Status(503), 4), "GET /").0, "fail");
    let (verdict_, message) = verdict(&within("200ms", || Answer::Silence, 4), "GET /");
    assert_eq!((verdict_.as_str(), message.as_str()), ("fail", "no answer within 200ms"));
    assert_eq!(verdict(&at(|| Answer::Nonsense, 4), "GET /").0, "fail");
}

#[test]
fn what_is_sent_has_the_headers_that_were_given() {
    let directory = TempDir::new().unwrap();
    let url = format!(
        "http://{}/shop",
        stranger::serve(|first| match first {
            "GET /shop/ HTTP/1.1" => stranger::Answer::Status(200),
            _ => stranger::Answer::Status(500),
        })
    );
    report(directory.path(), &["--url", &url, "--header", "authorization: Bearer x"], 0);
}

#[test]
fn a_wrong_command_line_is_answered_in_one_line() {
    let directory = TempDir::new().unwrap();
    for (args, line) in [
        (
            &["--rate", "fast"][..],
            "`--rate`: 'fast': a rate is a number from 0.001 to 1000000, of requests a second",
        ),
        (&["--p99", "50"], "`--p99`: '50': a duration is written as `50ms`, `30s` or `5m`"),
        (
            &["--errors", "x"],
            "`--errors`: 'x': write how many, as in `0`, or a share from 0% to 100%, as in `1%`",
        ),
        (
            &["--url", "localhost"],
            "`--url`: 'localhost': the scheme is missing, or is another; write http://host:port, https://host or unix:/path",
        ),
        (
            &["--path", "/"],
            "--path, --method and --body are of a load test; add --load, or --rate with a number",
        ),
        (
            &["--url", "http://192.0.2.1", "--offline"],
            "`http://192.0.2.1` is not on this machine; leave out --offline or --url",
        ),
    ] {
        assert_eq!(complaint(test(directory.path(), args), 2), line);
    }
}
