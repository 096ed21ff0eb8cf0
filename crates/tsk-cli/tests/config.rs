//! `tsk web config`, as an operator and a script see it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory of its own, with what `tsk.toml` is to hold.
struct Place(TempDir);

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new(text: &str) -> Place {
        let place = Place(TempDir::new().unwrap());
        place.write("tsk.toml", text);
        place
    }

    fn empty() -> Place {
        Place(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn file(&self) -> String {
        fs::read_to_string(self.path("tsk.toml")).unwrap()
    }

    fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tsk"));
        command
            .args(["web", "config"])
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_clear();
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(&[], args)
    }

    /// What a command that succeeds says.
    fn says(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        ended.stdout.trim_end().to_owned()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.says(args)).unwrap()
    }

    /// The one line of a command that ends with `code` and says nothing else.
    fn complaint(&self, args: &[&str], code: i32) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{args:?} {}", ended.stderr);
        let line = ended.stderr.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "{line}");
        line.strip_prefix("tsk: error: ").unwrap().to_owned()
    }

    /// What is in the directory.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

const FILE: &str = "\
[http]
listen = [\"127.0.0.1:9000\"] # for now
drain_timeout = \"10s\"

# Where people come.
[env.production.http]
listen = [\"0.0.0.0:80\"]
";

#[test]
fn show_says_what_set_each_setting() {
    let place = Place::new(FILE);
    let lines = "http.listen = [\"127.0.0.1:9000\"]  # tsk.toml:2:10\nhttp.drain_timeout = \"10s\"        # tsk.toml:3:17";
    assert_eq!(place.says(&["show", "--changed"]), lines);
    let lines = place.says(&["show", "--changed", "--env", "production"]);
    assert!(
        lines.starts_with("http.listen = [\"0.0.0.0:80\"]  # tsk.toml:7:10 in [env.production]\n"),
        "{lines}"
    );
    let shown =
        place.run_with(&[("TSK_ENV", "production"), ("TSK_HTTP__BACKLOG", "7")], &["show", "--changed"]);
    assert!(shown.stdout.contains("http.listen = [\"0.0.0.0:80\"]"), "{}", shown.stdout);
    assert!(shown.stdout.contains("http.backlog = 7              # TSK_HTTP__BACKLOG\n"), "{}", shown.stdout);
    assert!(place.says(&["show"]).contains("\nhttp.backlog = 1024"));
    assert!(place.says(&["show"]).starts_with("# workers ="), "what is not set is a comment");
    assert_eq!(Place::empty().says(&["show", "--changed"]), "# every setting is at its default");

    let shown = place.json(&["show", "--json", "--env=production"]);
    assert_eq!((&shown["file"], &shown["env"]), (&"tsk.toml".into(), &"production".into()));
    let of = |key: &str| {
        let settings = shown["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["key"] == key).unwrap().clone()
    };
    let listen = of("http.listen");
    assert_eq!(listen["value"], serde_json::json!(["0.0.0.0:80"]));
    let source = serde_json::json!({ "kind": "file", "file": "tsk.toml", "line": 7, "column": 10, "env": "production" });
    assert_eq!(listen["source"], source);
    assert_eq!(of("http.backlog")["source"], serde_json::json!({ "kind": "default" }));
}

#[test]
fn what_show_says_can_be_put_into_a_file() {
    let place = Place::new(FILE);
    let shown = place.says(&["show"]);
    place.write("shown.toml", &shown);
    let place_of = |line: &str| line.split("  # ").next().unwrap().trim_end().to_owned();
    let again = place.says(&["show", "-c", "shown.toml"]);
    assert_eq!(
        shown.lines().map(place_of).collect::<Vec<_>>(),
        again.lines().map(place_of).collect::<Vec<_>>()
    );
}

#[test]
fn secrets_are_not_shown() {
    let place = Place::new("site.immutable = ['redis://user:hush@host']");
    for args in [&["show"][..], &["show", "--json"], &["show", "--changed"]] {
        let shown = place.says(args);
        assert!(shown.contains("redis://user:***@host") && !shown.contains("hush"), "{shown}");
    }
    assert_eq!(place.says(&["get", "site.immutable"]), "redis://user:hush@host", "who asks for it gets it");
}

#[test]
fn get_prints_a_value_for_scripts() {
    let place =
        Place::new("[http]\nlisten = ['a:1', 'b:2']\nidle_timeout = '90s'\n[env.x]\nhttp.backlog = 5");
    for (args, line) in [
        (&["get", "http.listen"][..], "a:1,b:2"),
        (&["get", "http.idle_timeout"], "1m 30s"),
        (&["get", "http.body_limit"], "2 MiB"),
        (&["get", "http.cors.credentials"], "false"),
        (&["get", "http.trusted_proxies"], ""),
        (&["get", "http.backlog", "--env", "x"], "5"),
        (
            &["get", "http.cors.max_age", "--json"],
            r#"{"key":"http.cors.max_age","value":"2h","source":{"kind":"default"}}"#,
        ),
    ] {
        assert_eq!(place.says(args), line, "{args:?}");
    }
    assert!(
        place
            .says(&["get", "http.h2"])
            .starts_with("http.h2.max_streams = 100\nhttp.h2.max_pending_resets = 20\n")
    );
    assert_eq!(place.json(&["get", "site", "--json"])[0]["key"], "site.root");
    for key in ["workers", "site.root", "http.access_log", "http.access_log.format"] {
        assert_eq!(place.complaint(&["get", key], 1), format!("`{key}` is not set, and has no default"));
    }
    for (key, line) in [
        ("http.lsten", "unknown key `http.lsten`; did you mean `http.listen`?"),
        ("htp", "unknown key `htp`; did you mean `http`?"),
        (
            "http.access_log.formt",
            "unknown key `http.access_log.formt`; did you mean `http.access_log.format`?",
        ),
        ("http[", "`http[` names no setting; one is named as in http.listen"),
        ("", "`` names no setting; one is named as in http.listen"),
    ] {
        assert_eq!(place.complaint(&["get", key], 2), line);
    }
}

#[test]
fn a_wrong_file_stops_those_who_read_it() {
    let place = Place::new("[http]\nbacklog = 'x'");
    for args in [&["show"][..], &["get", "http.backlog"]] {
        let line = "tsk.toml:2:11: `http.backlog`: expected a whole number from 0 to 4294967295, found \"x\"";
        assert_eq!(place.complaint(args, 78), line);
    }
    assert_eq!(place.complaint(&["show", "-c", "no.toml"], 78), "no.toml: no such file");
    assert_eq!(place.complaint(&["show", "--env", "x"], 78), "tsk.toml: no overlay `x`; there is none");
    place.write("tsk.toml", "[http\n");
    for args in
        [&["show"][..], &["get", "http.backlog"], &["set", "http.backlog", "1"], &["unset", "http.backlog"]]
    {
        assert!(place.complaint(args, 78).starts_with("tsk.toml:1:6: "));
    }
    assert_eq!(place.file(), "[http\n");
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_replaces_none() {
    let place = Place::empty();
    let line = "wrote tsk.toml: every setting at its default, commented out";
    assert_eq!(place.says(&["init"]), line);
    assert_eq!(place.says(&["validate"]), "tsk.toml: all is right");
    assert_eq!(place.says(&["show", "--changed"]), "# every setting is at its default");
    let text = place.file();
    assert!(text.contains("\n# head_timeout = \"15s\"\n"), "{text}");
    place.write("tsk.toml", "mine = 1");
    let line = "tsk.toml exists already; pass --force to replace it, or name another file";
    assert_eq!(place.complaint(&["init"], 1), line);
    assert_eq!(place.file(), "mine = 1");
    assert_eq!(place.json(&["init", "--force", "--json"])["file"], "tsk.toml");
    assert_eq!(place.file(), text);
    place.says(&["init", "other.toml"]);
    assert_eq!(place.names(), ["other.toml", "tsk.toml"]);
    assert!(place.complaint(&["init", "no/tsk.toml"], 1).starts_with("cannot write no/tsk.toml: "));
}

#[test]
fn validate_lists_all_that_is_wrong_with_every_overlay() {
    let place = Place::new(
        "[http]\nlsten = []\nbacklog = 'x'\n[env.a.http]\nhead_limit = '1MiB'\n[env.b.site]\nroot = 'gone'\n[env.c]\nx = 1",
    );
    let ended = place.run(&["validate"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(78), "tsk: error: tsk.toml: 4 mistakes\n"));
    let lines = "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?\n\
                 tsk.toml:3:11: `http.backlog`: expected a whole number from 0 to 4294967295, found \"x\"\n\
                 tsk.toml:7:8: `site.root`: there is no directory `gone`; make it, or name another\n\
                 tsk.toml:9:1: unknown key `x`; known are `http`, `workers`, `site`\n";
    assert_eq!(ended.stdout, lines);

    place.write(
        "tsk.toml",
        "[env.a.http]\nhead_limit = '1MiB'\n[env.b.http]\nmax_connections = 0\n[env.c.http]\nlisten = []",
    );
    let ended = place.run(&["validate", "--json"]);
    assert_eq!(ended.code, Some(78));
    let list: Value = serde_json::from_str(&ended.stdout).unwrap();
    let first = serde_json::json!({
        "key": "http.head_limit", "file": "tsk.toml", "line": 2, "column": 14, "env": "a", "place": "tsk.toml:2:14",
        "message": "`http.head_limit` is not 1 B to 100 KiB; choose one within",
    });
    assert_eq!((list.as_array().unwrap().len(), &list[0]), (3, &first), "{list}");
    assert_eq!((&list[1]["line"], &list[2]["line"]), (&4.into(), &6.into()));

    let ended = place.run(&["validate", "--env", "b"]);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    assert_eq!(ended.stderr, "tsk: error: tsk.toml: 1 mistake\n");
    let ended = place.run_with(&[("TSK_ENV", "c")], &["validate"]);
    assert_eq!(ended.stdout.lines().count(), 3, "the one that is chosen, and the others: {}", ended.stdout);
}

#[test]
fn validate_checks_what_a_start_would_and_starts_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let place = Place::new(&format!("http.listen = ['{address}']\nhttp.access_log.to = 'access.log'"));
    assert_eq!(place.says(&["validate"]), "tsk.toml: all is right");
    assert_eq!(place.json(&["validate", "--json"]), serde_json::json!([]));
    assert_eq!(place.names(), ["tsk.toml"], "no log was made");

    place.write(
        "tls.toml",
        "[[http.listen]]\naddress = 'localhost:0'\ntls = { certificate = 'no.pem', key = 'no.pem' }",
    );
    let ended = place.run(&["validate", "tls.toml"]);
    assert_eq!(ended.code, Some(78));
    assert!(ended.stdout.starts_with("tls.toml:1:1: `http.listen[0].tls"), "{}", ended.stdout);

    let ended = place.run_with(&[("TSK_HTTP__BACKLOG", "x")], &["validate"]);
    assert!(ended.stdout.starts_with("TSK_HTTP__BACKLOG: `http.backlog`: expected"), "{}", ended.stdout);
    assert_eq!(place.run(&["validate", "no.toml"]).stdout, "no.toml: no such file\n");
}

#[test]
fn set_changes_one_setting_and_nothing_else() {
    let place = Place::new(FILE);
    assert_eq!(
        place.says(&["set", "http.listen", "0.0.0.0:8080,[::]:8080"]),
        "tsk.toml: http.listen = [\"0.0.0.0:8080\", \"[::]:8080\"]"
    );
    let after = FILE.replace("[\"127.0.0.1:9000\"]", "[\"0.0.0.0:8080\", \"[::]:8080\"]");
    assert_eq!(place.file(), after);
    place.says(&["set", "http.backlog", "64"]);
    let after = after.replace("\"10s\"\n", "\"10s\"\nbacklog = 64\n");
    assert_eq!(place.file(), after);
    let line = place.says(&["set", "http.drain_timeout", "1m", "--env", "production"]);
    assert_eq!(line, "tsk.toml: [env.production] http.drain_timeout = \"1m\"");
    let after = after + "drain_timeout = \"1m\"\n";
    assert_eq!(place.file(), after);
    for (key, text, written) in [
        ("workers", "2", "workers = 2"),
        ("site.single_page", "true", "single_page = true"),
        ("http.access_log.sample", "0.5", "sample = 0.5"),
        ("http.access_log.headers", "", "headers = []"),
        ("http.body_limit", "4096", "body_limit = 4096"),
        ("http.head_limit", "32 KiB", "head_limit = \"32 KiB\""),
        ("http.compression.codings", "gzip", "codings = [\"gzip\"]"),
        ("http.request_id_header", "5", "request_id_header = \"5\""),
        ("http.access_log.rules", "[{ status = 404 }]", "rules = [{ status = 404 }]"),
        (
            "http.listen",
            "[{ address = 'a:1', protocols = ['h2'] }]",
            "listen = [{ address = 'a:1', protocols = ['h2'] }]",
        ),
    ] {
        place.says(&["set", key, text]);
        assert!(place.file().contains(written), "{key}: {}", place.file());
    }
    assert!(place.file().contains("# Where people come.\n[env.production.http]"));
    assert_eq!(place.says(&["get", "http.body_limit"]), "4 KiB");
    assert_eq!(place.says(&["validate"]), "tsk.toml: all is right");
}

#[test]
fn set_makes_the_file_and_what_is_missing_in_it() {
    let place = Place::empty();
    let set = place.json(&["set", "http.h2.max_streams", "10", "--env=live", "--json"]);
    let told =
        serde_json::json!({ "file": "tsk.toml", "env": "live", "key": "http.h2.max_streams", "value": 10 });
    assert_eq!(set, told);
    assert_eq!(place.file(), "[env.live.http.h2]\nmax_streams = 10\n");
    place.says(&["set", "http.head_timeout", "5s"]);
    assert_eq!(place.file(), "[env.live.http.h2]\nmax_streams = 10\n\n[http]\nhead_timeout = \"5s\"\n");
    assert_eq!(place.says(&["get", "http.h2.max_streams", "--env", "live"]), "10");
}

#[test]
fn set_puts_a_value_below_the_default_that_init_shows() {
    let place = Place::empty();
    place.says(&["init"]);
    let before = place.file();
    place.says(&["set", "http.head_timeout", "5s"]);
    assert_eq!(
        place.file(),
        before.replace("# head_timeout = \"15s\"\n", "# head_timeout = \"15s\"\nhead_timeout = \"5s\"\n")
    );
    place.says(&["unset", "http.head_timeout"]);
    assert_eq!(place.file(), before);
}

#[test]
fn a_wrong_value_changes_nothing() {
    let place = Place::new(FILE);
    for (key, text, line) in [
        (
            "http.backlog",
            "many",
            "`http.backlog`: expected a whole number from 0 to 4294967295, found \"many\"",
        ),
        (
            "http.backlog",
            "99999999999",
            "`http.backlog`: expected a whole number from 0 to 4294967295, found 99999999999",
        ),
        (
            "http.listen",
            "8080",
            "`http.listen[0]`: \"8080\" is no address to listen on: the port is missing; write host:port or unix:/path",
        ),
        ("http.listen", "", "`http.listen` names no address, so nobody could connect; name one"),
        ("http.max_connections", "0", "`http.max_connections` is 0, so nobody could connect; set 1 or more"),
        (
            "http.compression.gzip_level",
            "12",
            "`http.compression.gzip_level`: there is no level 12; write 1 to 9",
        ),
        (
            "http.access_log.format",
            "xml",
            "`http.access_log.format`: unknown value `xml`; known are `json`, `text`",
        ),
        ("site.root", "gone", "`site.root`: there is no directory `gone`; make it, or name another"),
        ("http.cors", "1", "`http.cors`: expected a table, found \"1\""),
        ("http", "1", "`http` is a section; name a key in it"),
        ("http.lsten", "a:1", "unknown key `http.lsten`; did you mean `http.listen`?"),
    ] {
        assert_eq!(place.complaint(&["set", key, text], 2), line, "{key}");
        assert_eq!(place.file(), FILE);
    }
    assert_eq!(
        place.complaint(&["set", "http.backlog", "-c", "new.toml", "x"], 2).split(':').next(),
        Some("`http.backlog`")
    );
    assert_eq!(place.names(), ["tsk.toml"]);
    let ended = place.run(&["set", "http.backlog", "x", "--json"]);
    let error: Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!((&error["exit"], ended.stdout.as_str()), (&2.into(), ""));
}

#[test]
fn set_mends_a_file_that_is_wrong_elsewhere() {
    let place = Place::new("[http]\nbacklog = 'x'\nmax_connections = 0\n[env.a]\nwrong = 1\n");
    place.says(&["set", "http.backlog", "5"]);
    let after = "[http]\nbacklog = 5\nmax_connections = 0\n[env.a]\nwrong = 1\n";
    assert_eq!(place.file(), after);
    let line = "`http.max_connections` is 0, so nobody could connect; set 1 or more";
    assert_eq!(place.complaint(&["set", "http.max_connections", "0"], 2), line);
    place.says(&["set", "http.idle_timeout", "1m"]);
    place.says(&["set", "http.max_connections", "5"]);
    let line = "`http.head_limit` is not 1 B to 100 KiB; choose one within";
    assert_eq!(place.complaint(&["set", "http.head_limit", "1MiB"], 2), line);
}

#[test]
fn unset_takes_a_setting_out_and_keeps_its_comments() {
    let place = Place::new(FILE);
    assert_eq!(place.says(&["unset", "http.listen"]), "tsk.toml: http.listen is not set");
    assert_eq!(place.file(), FILE.replace("listen = [\"127.0.0.1:9000\"] # for now", "# for now"));
    place.says(&["unset", "http.listen", "--env", "production"]);
    assert!(place.file().ends_with("# Where people come.\n[env.production.http]\n"), "{}", place.file());
    let before = place.file();
    assert_eq!(place.json(&["unset", "http.backlog", "--json"])["value"], Value::Null);
    assert_eq!(place.file(), before);
    assert_eq!(place.complaint(&["unset", "http"], 2), "`http` is a section; name a key in it");
    assert_eq!(place.complaint(&["unset", "http.x"], 2).split(';').next(), Some("unknown key `http.x`"));
    let empty = Place::empty();
    empty.says(&["unset", "http.backlog"]);
    assert!(empty.names().is_empty(), "no file is made for what is not in it");
}

#[test]
fn a_file_keeps_its_mode_and_a_link_stays_one() {
    let place = Place::empty();
    place.write("real.toml", "workers = 1\n");
    fs::set_permissions(place.path("real.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.toml", place.path("tsk.toml")).unwrap();
    place.says(&["set", "workers", "2"]);
    assert!(place.path("tsk.toml").symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(place.path("real.toml")).unwrap(), "workers = 2\n");
    assert_eq!(place.path("real.toml").metadata().unwrap().mode() & 0o7777, 0o640);
    assert_eq!(place.names(), ["real.toml", "tsk.toml"]);
}

#[test]
fn a_file_that_cannot_be_written_stays_as_it_is() {
    if fs::metadata("/dev/full").is_err() || !Path::new("/proc/self").exists() {
        return;
    }
    let place = Place::empty();
    let line = place.complaint(&["init", "/proc/self/tsk.toml"], 1);
    assert!(line.starts_with("cannot write /proc/self/tsk.toml: "), "{line}");
    let line = place.complaint(&["set", "workers", "1", "-c", "/proc/tsk.toml"], 1);
    assert!(
        line.starts_with("cannot write /proc/tsk.toml: ") && line.ends_with("; it is as it was"),
        "{line}"
    );
    fs::create_dir(place.path("directory")).unwrap();
    let line = place.complaint(&["set", "workers", "1", "-c", "directory"], 1);
    assert!(line.starts_with("directory: cannot be read: "), "{line}");
}

#[test]
fn set_says_that_a_variable_wins() {
    let place = Place::new("workers = 1");
    let ended = place.run_with(&[("TSK_WORKERS", "3")], &["set", "workers", "2"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "tsk.toml: workers = 2\n"));
    assert_eq!(ended.stderr, "tsk: TSK_WORKERS is set, and wins over the file\n");
    assert_eq!(place.file(), "workers = 2");
}

#[test]
fn schema_is_one_that_a_file_can_be_held_to() {
    let place = Place::empty();
    let schema: Value = serde_json::from_str(&place.says(&["schema"])).unwrap();
    assert_eq!(schema, place.json(&["schema", "--json"]));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    place.says(&["init"]);
    let text = place.file();
    let live: String =
        text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
    for text in [text.as_str(), &live, FILE] {
        let value = serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn config_alone_prints_its_help() {
    let ended = Place::empty().run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("validate"), "{}", ended.stderr);
}
