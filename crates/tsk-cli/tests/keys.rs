//! The keys of programs: made by `tsk auth keys`, taken by a server.

#![allow(clippy::unwrap_used)]

mod harness;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use harness::{complaint, json, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

const SETTINGS: &str = r#"
[auth]
api_keys = "keys.json"

[auth.role.robot]
permits = ["builds:*"]

[[auth.access]]
routes = "/builds"
permissions = ["builds:read"]

[[route]]
path = "/builds"
respond = "builds"
"#;

/// A server that takes keys, until it is dropped.
struct Background {
    directory: TempDir,
    started: Value,
}

impl Background {
    fn start() -> Self {
        Self::start_with(SETTINGS)
    }

    fn start_with(settings: &str) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tsk.toml"), settings).unwrap();
        let started = json(tsk(directory.path(), &["web", "start", "--port=0", "--detach", "--json"]));
        Self { directory, started }
    }

    fn keys(&self, args: &[&str]) -> std::process::Command {
        tsk(self.directory.path(), &[&["auth", "keys"], args].concat())
    }

    /// What whoever shows the key is answered.
    fn status(&self, key: &str) -> String {
        self.status_of("/builds", key)
    }

    fn status_of(&self, path: &str, key: &str) -> String {
        let address = self.started["listeners"][0].as_str().unwrap().strip_prefix("http://").unwrap();
        let key = if key.is_empty() { String::new() } else { format!("x-api-key: {key}\r\n") };
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{key}\r\n");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].to_owned()
    }

    /// Asks until it is answered so: a server looks at the file once a second.
    fn becomes(&self, key: &str, status: &str) {
        harness::wait_for(status, || self.status(key) == status);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        harness::signal(self.started["pid"].as_u64().unwrap().try_into().unwrap(), "KILL");
    }
}

#[test]
fn where_nothing_is_served_yet_anybody_sees_the_welcome_page() {
    let server = Background::start_with("[auth]\napi_keys = \"keys.json\"\n");
    assert_eq!(server.status_of("/", ""), "200");
    assert_eq!(server.status_of("/more", ""), "401");
}

#[test]
fn a_key_is_made_used_rotated_and_taken_back_while_a_server_runs() {
    let server = Background::start();
    assert_eq!(server.status(""), "401");
    let made = json(server.keys(&[
        "create",
        "--name",
        "build server",
        "--owner",
        "ci",
        "--role",
        "robot",
        "--json",
    ]));
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    server.becomes(key, "200");
    assert_eq!(server.status(&key.replace("live", "test")), "401");

    let other =
        success(server.keys(&["create", "--name", "reader", "--owner", "bob", "--scope", "posts:read"]));
    server.becomes(other.trim(), "403");

    let next = success(server.keys(&["rotate", id, "--grace", "1h"]));
    server.becomes(next.trim(), "200");
    assert_eq!(server.status(key), "200");
    let listed = json(server.keys(&["list", "--json"]));
    assert_eq!((&listed[0]["state"], &listed[1]["state"]), (&"rotating".into(), &"valid".into()));
    assert_eq!(listed[0]["roles"][0], "robot");

    success(server.keys(&["revoke", id]));
    server.becomes(next.trim(), "401");
    assert_eq!(server.status(key), "401");
    let listed = success(server.keys(&["list"]));
    assert!(listed.contains("revoked") && listed.contains("build server"), "{listed}");
    let kept = fs::read_to_string(server.directory.path().join("keys.json")).unwrap();
    assert!(!kept.contains(key) && !kept.contains(&key[21..]), "{kept}");
}

#[test]
fn what_is_wrong_is_said() {
    let directory = TempDir::new().unwrap();
    let keys = |args: &[&str]| tsk(directory.path(), &[&["auth", "keys"], args].concat());
    assert!(complaint(keys(&["list"]), 2).contains("pass `--file`, or set `auth.api_keys`"));
    assert!(success(keys(&["list", "--file", "keys.json"])).contains("there are no keys yet"));
    assert!(
        complaint(keys(&["revoke", "aaaaaaaaaaaa", "--file", "keys.json"]), 1).contains("there is no key")
    );
    let create = ["create", "--name", "a", "--owner", "a", "--file", "keys.json", "--expires", "soon"];
    assert!(complaint(keys(&create), 2).contains("write a time such as `90d`"));
    fs::write(directory.path().join("keys.json"), "{").unwrap();
    assert!(complaint(keys(&["list", "--file", "keys.json"]), 1).contains("keys.json"));
    assert_eq!(fs::read_to_string(directory.path().join("keys.json")).unwrap(), "{");
}
