//! Who uses what, as `tsk metrics usage` and the admin listener say.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use harness::{build, complaint, json, program, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

const SETTINGS: &str = r#"
[usage]
enabled = true

[auth]
api_keys = "keys.json"

[[auth.access]]
routes = "/api/*"
whom = "authenticated"

[[auth.access]]
routes = "/health"
whom = "public"
"#;

/// The example, in a directory.
fn versioned(directory: &Path, args: &[&str]) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    program(BUILT.get_or_init(|| build("versioned")), directory, args)
}

/// A service with versions, until it is dropped.
struct Background {
    directory: TempDir,
    started: Value,
}

impl Background {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tsk.toml"), SETTINGS).unwrap();
        let mut start = versioned(directory.path(), &["web", "start", "--port=0", "--detach", "--json"]);
        start.env("TSK_ADMIN__ENABLED", "true").env("TSK_ADMIN__LISTEN", "127.0.0.1:0");
        let started = json(start);
        Self { directory, started }
    }

    /// A key of somebody.
    fn key(&self, owner: &str) -> String {
        let args = ["auth", "keys", "create", "--name", owner, "--owner", owner];
        success(versioned(self.directory.path(), &args)).trim().to_owned()
    }

    fn ask(&self, path: &str, key: &str) -> String {
        let address = self.started["listeners"][0].as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].to_owned()
    }

    fn usage(&self, args: &[&str]) -> Command {
        versioned(self.directory.path(), &[&["metrics", "usage"], args].concat())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        harness::signal(self.started["pid"].as_u64().unwrap().try_into().unwrap(), "KILL");
    }
}

#[test]
fn one_command_says_who_still_calls_a_version() {
    let server = Background::start();
    let (old, new) = (server.key("old phone app"), server.key("storefront"));
    for (path, key, times) in
        [("/api/v1/users", &old, 3), ("/api/v1/users/count", &old, 1), ("/api/v2/users", &new, 2)]
    {
        for _ in 0..times {
            // A server looks at the file of keys once a second.
            harness::wait_for("the key is known", || server.ask(path, key) == "200");
        }
    }
    let told = success(server.usage(&["--version", "v1", "--window", "7d"]));
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("1 of 1 in the last 7days; about 1 consumers since the start"), "{told}");
    assert!(lines[2].ends_with("  old phone app") && lines[2].trim_start().starts_with("4 "), "{told}");
    assert_eq!(lines.len(), 3, "{told}");

    let told =
        json(server.usage(&["--of", "routes", "--consumer", "old phone app", "--limit", "1", "--json"]));
    assert_eq!((&told["total"], &told["next"]), (&2.into(), &1.into()));
    assert_eq!(
        (&told["rows"][0]["route"], &told["rows"][0]["requests"]),
        (&"/api/v1/users".into(), &3.into())
    );
    let told =
        json(server.usage(&["--of=routes", "--consumer=old phone app", "--limit=1", "--offset=1", "--json"]));
    assert_eq!((&told["rows"][0]["route"], told.get("next")), (&"/api/v1/users/count".into(), None));

    let admin = server.started["admin"].as_str().unwrap().strip_prefix("http://").unwrap();
    let same = harness::get(admin, "/usage?version=v2");
    assert!(same.contains(r#""consumer":"storefront","requests":2"#), "{same}");
    let wrong = harness::get(admin, "/usage?limit=101");
    assert!(wrong.starts_with("HTTP/1.1 400") && wrong.contains("say 1 to 100"), "{wrong}");
}

#[test]
fn what_cannot_be_answered_is_said_in_a_line() {
    let directory = TempDir::new().unwrap();
    let usage = |args: &[&str]| tsk(directory.path(), &[&["metrics", "usage"], args].concat());
    assert!(complaint(usage(&[]), 3).starts_with("no server runs"));
    assert_eq!(
        complaint(usage(&["--of", "tables"]), 2),
        "`--of`: 'tables': write `consumers`, `routes` or `versions`"
    );
    assert!(complaint(usage(&["--window", "soon"]), 2).contains("write a duration such as 7d"));
    let server = harness::Server::start(directory.path(), &[]);
    assert_eq!(
        complaint(usage(&[]), 1),
        "it is not counted who uses what; set `usage.enabled` to true, and start the server again"
    );
    drop(server);
    fs::write(directory.path().join("tsk.toml"), "usage.enabled = true\n").unwrap();
    let _server = harness::Server::start(directory.path(), &[]);
    assert_eq!(complaint(usage(&["--version", "v1"]), 1), "there is no version `v1`; the API has none");
    assert!(
        complaint(usage(&["--route", "/nowhere"]), 1)
            .starts_with("there is no route `/nowhere`; name one as it was")
    );
    assert!(complaint(usage(&["--window", "31d"]), 1).contains("say 1s to 30d"));
    assert!(success(usage(&[])).starts_with("0 of 0 in "));
}
