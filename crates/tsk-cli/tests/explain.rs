//! Why somebody is refused, as `tsk web explain`, `tsk auth explain` and the admin listener say.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;

use harness::{complaint, get, json, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

/// A server with a limit of three an hour that adapts, until it is dropped.
struct Background(TempDir, Value);

impl Background {
    fn start() -> Self {
        Self::start_with(
            "[[limit]]\nname = \"hello\"\nlimit = 3\nwindow = \"1h\"\nadaptive = { steps = 2 }\n",
        )
    }

    /// With these settings, beside a route.
    fn start_with(settings: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let settings = format!("[[route]]\npath = \"/hello\"\nrespond = \"hello\"\n\n{settings}");
        fs::write(directory.path().join("tsk.toml"), settings).unwrap();
        let mut start = tsk(directory.path(), &["web", "start", "--port=0", "--detach", "--json"]);
        start.env("TSK_ADMIN__ENABLED", "true").env("TSK_ADMIN__LISTEN", "127.0.0.1:0");
        let started = json(start);
        Self(directory, started)
    }

    fn address(&self, of: &Value) -> String {
        of.as_str().unwrap().strip_prefix("http://").unwrap().to_owned()
    }

    fn explain(&self, args: &[&str]) -> std::process::Command {
        tsk(self.0.path(), &[&["web", "explain"], args].concat())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        harness::signal(self.1["pid"].as_u64().unwrap().try_into().unwrap(), "KILL");
    }
}

#[test]
fn who_is_refused_is_explained_in_words_as_json_and_in_metrics() {
    let server = Background::start();
    let public = server.address(&server.1["listeners"][0]);
    let statuses = [(); 4].map(|()| get(&public, "/hello")[9..12].to_owned());
    assert_eq!(statuses, ["200", "200", "200", "429"]);

    let text = success(server.explain(&["127.0.0.1", "--route", "GET /hello"]));
    assert!(text.starts_with("127.0.0.1 at GET /hello\n\nhello: 3 in 3600 s by address, on "), "{text}");
    assert!(text.contains("a request would be refused: 0 of 3 are left, enough in 1200 s"), "{text}");
    assert!(text.contains("refused once in the last ten to twenty minutes"), "{text}");
    assert!(text.contains("as usual: it may all that the rule says"), "{text}");

    let explanation = json(server.explain(&["127.0.0.1", "--json"]));
    let limit = &explanation["limits"][0];
    assert_eq!((&limit["policy"], &limit["would_refuse"]), (&"hello".into(), &true.into()));
    assert_eq!((&limit["refused"]["count"], &limit["adapted"]["step"]), (&1.into(), &0.into()));

    // What is the key of no limit goes by the address that it comes from.
    let other = json(server.explain(&["ada", "--address=192.0.2.1", "--as=service", "--json"]));
    assert_eq!(other["subject"], "ada from 192.0.2.1");
    assert_eq!(other["limits"][0]["would_refuse"], false);
    let unasked = success(server.explain(&["ada"]));
    assert!(unasked.contains("hello: goes by address, and no address was given"), "{unasked}");

    let admin = server.address(&server.1["admin"]);
    let same = get(&admin, "/limits/explain?address=127.0.0.1");
    assert!(same.contains(r#""would_refuse":true"#), "{same}");
    let metrics = get(&admin, "/metrics");
    for line in [
        r#"ratelimit_decisions_total{decision="allowed",policy="hello"} 3"#,
        r#"ratelimit_decisions_total{decision="refused",policy="hello"} 1"#,
        r#"ratelimit_tightened_total{policy="hello",signal="errors"} 0"#,
    ] {
        assert!(metrics.lines().any(|have| have == line), "no {line} in {metrics}");
    }
    let insight = get(&admin, "/insights/limits");
    assert!(insight.contains(r#""refused":1"#) && !insight.contains("127.0.0.1"), "{insight}");
}

#[test]
fn who_may_not_use_a_route_is_told_by_which_rule() {
    let server = Background::start_with(
        "[[auth.access]]\nroutes = \"/*\"\nroles = [\"staff\"]\npermissions = [\"posts:write\"]\n\
         [auth.role.editor]\npermits = [\"posts:*\"]\n",
    );
    let explain = |args: &[&str]| tsk(server.0.path(), &[&["auth", "explain", "GET /hello"], args].concat());
    assert_eq!(
        success(explain(&["--as", "ada", "--role", "editor"])).trim_end(),
        "GET /hello: 403, by role staff\nno: posts:write and role staff\n  \
         yes: posts:write, as role editor permits posts:*\n  no: role staff"
    );
    assert_eq!(json(explain(&["--json"]))["status"], 401);
    let let_in = json(explain(&["--role", "staff", "--scope", "a", "--scope", "posts:write", "--json"]));
    assert_eq!((&let_in["allowed"], &let_in["status"]), (&true.into(), &Value::Null));
    let admin = server.address(&server.1["admin"]);
    let same = get(&admin, "/auth/explain?route=GET%20/hello&principal=ada&roles=editor");
    assert!(same.contains(r#""refused_by":"role staff""#), "{same}");
    let line = complaint(tsk(server.0.path(), &["auth", "explain", "GET /bye"]), 1);
    assert!(line.starts_with("there is no route `GET /bye`"), "{line}");
}

#[test]
fn what_cannot_be_explained_is_said_in_a_line() {
    let server = Background::start();
    let line = complaint(server.explain(&["127.0.0.1", "--route=GET /bye"]), 1);
    assert!(line.starts_with("there is no route `GET /bye`; name one as it was declared"), "{line}");
    let line = complaint(server.explain(&["127.0.0.1", "--as=robot"]), 2);
    assert_eq!(line, "`--as`: 'robot': write `user`, `service` or `api-key`");
    let line = complaint(server.explain(&["127.0.0.1", "--address=192.0.2.1"]), 2);
    assert!(line.starts_with("`127.0.0.1` is an address already"), "{line}");
    let directory = TempDir::new().unwrap();
    let line = complaint(tsk(directory.path(), &["web", "explain", "127.0.0.1"]), 3);
    assert!(line.starts_with("no server runs with the state directory .tsk"), "{line}");
}
