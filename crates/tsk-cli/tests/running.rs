//! Commands that find a server which another has started.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use harness::{Server, complaint, end, get, json, signal, success, tsk, wait_for};
use serde_json::Value;
use tempfile::TempDir;

fn site() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("public")).unwrap();
    fs::write(directory.path().join("public/index.html"), "hello").unwrap();
    directory
}

fn web(directory: &TempDir, args: &[&str]) -> std::process::Command {
    tsk(directory.path(), &[&["web"], args].concat())
}

/// Starts a server in the background; what it says of itself.
fn detached(directory: &TempDir, args: &[&str]) -> Background {
    Background(json(web(directory, &[&["start", "--port=0", "--detach", "--json"], args].concat())))
}

struct Background(Value);

impl Background {
    fn pid(&self) -> u32 {
        self.0["pid"].as_u64().unwrap().try_into().unwrap()
    }

    fn address(&self) -> &str {
        self.0["listeners"][0].as_str().unwrap().strip_prefix("http://").unwrap()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").args(["-s", "KILL", &self.pid().to_string()]).output();
    }
}

#[test]
fn the_status_is_that_of_the_server() {
    let directory = site();
    fs::write(directory.path().join("tsk.toml"), "[http]\nmax_connections = 7").unwrap();
    let server = Server::start(directory.path(), &["--workers=3"]);
    server.get("/");
    let status = json(web(&directory, &["status", "--json"]));
    assert_eq!(status["pid"], server.child.id());
    assert_eq!(status["listeners"][0]["address"], format!("http://{}", server.address));
    assert_eq!(status["configuration"]["file"], "tsk.toml");
    let sha256 = success(sha256sum(&directory.path().join("tsk.toml")));
    assert_eq!(status["configuration"]["sha256"], sha256.split(' ').next().unwrap());
    assert_eq!((&status["workers"], &status["connections"]["max"]), (&3.into(), &7.into()));
    assert_eq!((&status["requests"]["total"], &status["phase"]), (&1.into(), &"serving".into()));
    assert!(
        status["memory_bytes"].as_u64().unwrap() > 1_000_000
            && status["uptime_seconds"].as_f64().unwrap() > 0.0
    );

    let text = success(web(&directory, &["status"]));
    for part in [
        "tsk ",
        " serves, process ",
        "\nconfiguration  tsk.toml (sha256 ",
        "\nlistening on   http://127.0.0.1:",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

fn sha256sum(path: &Path) -> std::process::Command {
    let mut command = std::process::Command::new("sha256sum");
    command.arg(path);
    command
}

#[test]
fn without_a_server_commands_say_so_with_code_3() {
    let directory = site();
    for command in ["status", "stop", "reload"] {
        let line = complaint(web(&directory, &[command]), 3);
        assert_eq!(
            line,
            "no server runs with the state directory .tsk; start one with `tsk web start`, or pass --state-dir"
        );
    }
    let error = end(web(&directory, &["status", "--json"]));
    let error: Value = serde_json::from_str(&error.stderr).unwrap();
    assert_eq!(error["exit"], 3);
    assert!(error["error"].as_str().unwrap().starts_with("no server runs"));
}

#[test]
fn a_server_in_the_background_serves_and_is_stopped() {
    let directory = site();
    let server = detached(&directory, &[]);
    assert!(get(server.address(), "/").ends_with("hello"));
    let stopped = json(web(&directory, &["stop", "--json"]));
    assert_eq!((&stopped["pid"], &stopped["killed"]), (&server.0["pid"], &false.into()));
    assert!(TcpStream::connect(server.address()).is_err());
    let mut left: Vec<_> = fs::read_dir(directory.path().join(".tsk"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.retain(|name| name != "log");
    assert!(left.is_empty(), "{left:?}");
    complaint(web(&directory, &["status"]), 3);
}

#[test]
fn one_in_the_background_that_cannot_start_says_why() {
    let directory = site();
    fs::write(directory.path().join("tsk.toml"), "[http]\nlsten = []").unwrap();
    let line = complaint(web(&directory, &["start", "--detach"]), 78);
    assert_eq!(line, "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?");
    fs::remove_file(directory.path().join("tsk.toml")).unwrap();

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let line = complaint(web(&directory, &["start", "--detach", "--port", &port.to_string()]), 1);
    assert!(line.starts_with(&format!("cannot listen on 127.0.0.1:{port}: the address is in use")), "{line}");
}

#[test]
fn a_second_server_is_told_of_the_first() {
    let directory = site();
    let first = Server::start(directory.path(), &[]);
    let line = complaint(web(&directory, &["start", "--port=0"]), 1);
    assert_eq!(
        line,
        format!(
            "a server with the state directory .tsk runs already, process {}; stop it with `tsk web stop`, or pass \
             another --state-dir",
            first.child.id()
        )
    );
    let second = Server::start(directory.path(), &["--state-dir", "other"]);
    let status = json(web(&directory, &["status", "--json", "--state-dir=other"]));
    assert_eq!(status["pid"], second.child.id());
}

#[test]
fn what_a_killed_server_leaves_is_recognised_and_replaced() {
    let directory = site();
    let mut first = Server::start(directory.path(), &[]);
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    assert!(directory.path().join(".tsk/control.sock").exists());
    let line = complaint(web(&directory, &["status"]), 3);
    assert!(
        line.contains(&format!("process {}", first.child.id())) && line.contains("killed or crashed"),
        "{line}"
    );

    let second = Server::start(directory.path(), &[]);
    assert_eq!(json(web(&directory, &["status", "--json"]))["pid"], second.child.id());
    let socket = directory.path().join(".tsk/control.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_state_directory_that_cannot_be_used_is_an_error_where_it_was_asked_for_and_a_note_otherwise() {
    let directory = site();
    fs::write(directory.path().join("file"), "").unwrap();
    let line = complaint(web(&directory, &["start", "--port=0", "--state-dir=file/below"]), 1);
    assert!(line.starts_with("the state directory file/below cannot be used: "), "{line}");

    fs::write(directory.path().join(".tsk"), "").unwrap();
    let server = Server::start(directory.path(), &[]);
    assert!(server.get("/").ends_with("hello"));
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let directory = site();
    fs::create_dir(directory.path().join("tsk.toml")).unwrap();
    let line = complaint(web(&directory, &["start", "--port=0"]), 78);
    assert!(line.starts_with("tsk.toml: cannot be read: "), "{line}");
}

#[test]
fn a_reload_follows_the_file_and_names_what_needs_a_restart() {
    let directory = site();
    let file = directory.path().join("tsk.toml");
    let server = detached(&directory, &[]);
    assert!(get(server.address(), "/new").starts_with("HTTP/1.1 404 "));
    fs::write(
        &file,
        "[[route]]\npath = '/new'\nrespond = 'there it is'\n[http]\nbacklog = 9\n[process]\nworkers = 1",
    )
    .unwrap();
    let reloaded = json(web(&directory, &["reload", "--json"]));
    assert_eq!(reloaded["needs_restart"], serde_json::json!(["process.workers", "http.backlog"]));
    assert!(get(server.address(), "/new").ends_with("there it is"));
    assert_eq!(json(web(&directory, &["status", "--json"]))["configuration"]["file"], "tsk.toml");
    assert!(
        success(web(&directory, &["reload"]))
            .contains("not changed before a restart: process.workers, http.backlog")
    );

    for (wrong, line) in [
        ("[http]\nlsten = []", "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?"),
        (
            "[http]\nmax_connections = 0",
            "`http.max_connections` is 0, so nobody could connect; set 1 or more",
        ),
        (
            "[[route]]\npath = '/x'\n",
            "tsk.toml:1:1: `route[0]`: says nothing of what is served: set `directory`, `respond` or `redirect`",
        ),
    ] {
        fs::write(&file, wrong).unwrap();
        assert_eq!(complaint(web(&directory, &["reload"]), 78), line);
        assert!(get(server.address(), "/new").ends_with("there it is"));
    }
}

#[test]
fn entries_that_contradict_each_other_are_named() {
    let directory = site();
    let entry = |path: &str| format!("[[route]]\npath = '{path}'\nrespond = ''\n");
    for (text, index, path) in [
        (entry("/a") + &entry("/b") + &entry("/a"), 2, "/a"),
        (entry("/{a}") + &entry("/{b}"), 1, "/{b}"),
        (entry("/{a"), 0, "/{a"),
    ] {
        fs::write(directory.path().join("tsk.toml"), text).unwrap();
        let line = complaint(web(&directory, &["start", "--port=0"]), 78);
        assert!(
            line.starts_with(&format!(
                "`route[{index}]`: the path `{path}` is one that an earlier entry has"
            )),
            "{line}"
        );
    }
}

#[test]
fn sighup_reads_the_configuration_again() {
    let directory = site();
    let server = detached(&directory, &[]);
    fs::write(directory.path().join("tsk.toml"), "[[route]]\npath = '/new'\nrespond = 'there it is'")
        .unwrap();
    signal(server.pid(), "HUP");
    wait_for("the new route", || get(server.address(), "/new").ends_with("there it is"));
}

#[test]
fn requests_in_flight_are_waited_for_and_then_no_more() {
    let directory = site();
    let large = fs::File::create(directory.path().join("public/large.bin")).unwrap();
    large.set_len(64 << 20).unwrap();
    let server = detached(&directory, &[]);
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"GET /large.bin HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    client.read_exact(&mut [0; 1000]).unwrap();

    let ended = end(web(&directory, &["stop", "--timeout", "1500ms"]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("tsk: waiting for 1 connection with requests in flight\n"),
        "{}",
        ended.stderr
    );
    let line = ended.stderr.lines().last().unwrap();
    assert_eq!(
        line,
        "tsk: error: it still runs after 1s 500ms: 1 connection with requests in flight; wait longer with --timeout, or \
         pass --force to kill it"
    );
    assert_eq!(json(web(&directory, &["status", "--json"]))["phase"], "draining");

    let stopped = json(web(&directory, &["stop", "--timeout=0s", "--force", "--json"]));
    assert_eq!(stopped["killed"], true);
    complaint(web(&directory, &["status"]), 3);
}

#[test]
fn the_routes_are_listed_without_a_server() {
    let directory = site();
    fs::write(
        directory.path().join("tsk.toml"),
        "[[route]]\npath = '/old/{id}'\nredirect = '/new/{id}'\nsummary = 'moved'\n[[route]]\npath = '/docs'\ndirectory = '.'",
    )
    .unwrap();
    assert_eq!(
        success(web(&directory, &["routes"])),
        "GET  /old/{id}      moved\nGET  /docs/{*rest}  Files\n"
    );
    let routes = json(web(&directory, &["routes", "--json"]));
    assert_eq!(routes[0]["path"], "/old/{id}");
}
