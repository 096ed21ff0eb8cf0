//! The admin listener of a server, as an operator and as a page in a browser find it.

#![allow(clippy::unwrap_used)]

mod harness;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use harness::{complaint, json, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

/// `tsk web start` in the background, with an admin listener as these variables say.
fn start(directory: &TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = tsk(directory.path(), &["web", "start", "--port=0", "--detach", "--json"]);
    command.env("TSK_ADMIN__ENABLED", "true").envs(variables.iter().copied());
    command
}

struct Background(Value);

impl Drop for Background {
    fn drop(&mut self) {
        harness::signal(self.0["pid"].as_u64().unwrap().try_into().unwrap(), "KILL");
    }
}

/// The status and the body of an answer to a request with these header lines.
fn ask(address: &str, path: &str, lines: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n{lines}connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

#[test]
fn an_operator_sees_the_status_and_a_page_does_not() {
    let directory = TempDir::new().unwrap();
    let server = Background(json(start(&directory, &[("TSK_ADMIN__LISTEN", "127.0.0.1:0")])));
    let address = server.0["admin"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (status, index) = ask(address, "/", "host: localhost\r\n");
    assert_eq!(status, 200);
    assert!(index.contains("GET    /status ") && index.contains("GET    /routes "), "{index}");
    assert!(index.contains("GET    /metrics ") && index.contains("for scrapers"), "{index}");
    let (status, body) = ask(address, "/status", &format!("host: {address}\r\n"));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["pid"]), (200, &server.0["pid"]));
    for lines in ["host: evil.example\r\n", "host: localhost\r\nsec-fetch-site: cross-site\r\n"] {
        assert_eq!(ask(address, "/status", lines).0, 403, "{lines}");
    }
    // Who may look may not touch.
    assert_eq!(ask(address, "/stop", "host: localhost\r\n").0, 404);
}

#[test]
fn that_a_check_fails_is_told_and_is_no_failed_request() {
    let directory = TempDir::new().unwrap();
    let check = "[[health.check]]\nkind = 'tcp'\naddress = '127.0.0.1:1'\n";
    std::fs::write(directory.path().join("tsk.toml"), check).unwrap();
    let server = Background(json(start(&directory, &[("TSK_ADMIN__LISTEN", "127.0.0.1:0")])));
    let address = server.0["admin"].as_str().unwrap().strip_prefix("http://").unwrap();
    harness::wait_for("the check fails", || ask(address, "/health", "host: localhost\r\n").0 == 503);
    assert_eq!(ask(address, "/readyz", "host: localhost\r\n").0, 503);
    success(tsk(directory.path(), &["web", "stop"]));
    let log = success(tsk(directory.path(), &["web", "logs"]));
    assert!(log.contains("INFO") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_token_is_demanded_where_there_is_one_and_shown_to_nobody() {
    let directory = TempDir::new().unwrap();
    let variables = [("TSK_ADMIN__LISTEN", "0.0.0.0:0"), ("TSK_ADMIN__TOKEN", "0123456789abcdef")];
    let server = Background(json(start(&directory, &variables)));
    let address = server.0["admin"].as_str().unwrap().replace("http://0.0.0.0", "127.0.0.1");
    assert_eq!(ask(&address, "/status", "host: localhost\r\n").0, 401);
    let (status, body) =
        ask(&address, "/status", "host: localhost\r\nauthorization: Bearer 0123456789abcdef\r\n");
    assert_eq!(status, 200);
    assert!(!body.contains("0123456789abcdef"), "{body}");
}

#[test]
fn one_that_others_could_reach_does_not_start_without_a_token() {
    let directory = TempDir::new().unwrap();
    let line = complaint(start(&directory, &[("TSK_ADMIN__LISTEN", "0.0.0.0:0")]), 78);
    assert!(
        line.starts_with("`admin.listen` is 0.0.0.0:0, which others than this machine may reach"),
        "{line}"
    );
}

#[test]
fn an_address_that_was_asked_for_and_is_taken_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = TempDir::new().unwrap();
    let line = complaint(start(&directory, &[("TSK_ADMIN__LISTEN", &address)]), 1);
    assert_eq!(
        line,
        format!("the admin listener: cannot listen on {address}: another program does; set `admin.listen`")
    );
}

#[test]
fn who_looks_on_and_is_slow_does_not_hold_up_the_end() {
    let directory = TempDir::new().unwrap();
    let server = json(start(&directory, &[("TSK_ADMIN__LISTEN", "127.0.0.1:0")]));
    let address = server["admin"].as_str().unwrap().strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: loc").unwrap();
    // Well within what a client may take for the head of a request.
    let stopped = json(tsk(directory.path(), &["web", "stop", "--timeout", "8s", "--json"]));
    assert_eq!((&stopped["pid"], &stopped["killed"]), (&server["pid"], &false.into()));
}
