//! The file, changed by commands.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{FILE, Place};

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
        ("process.workers", "2", "workers = 2"),
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
        ("http.listen", "[1]", "`http.listen[0]`: expected an address, or a table with one, found 1"),
        ("http.listen", "", "`http.listen` names no address, so nobody could connect; name one"),
        ("http.max_connections", "0", "`http.max_connections` is 0, so nobody could connect; set 1 or more"),
        ("admin.token", "short", "`admin.token` is shorter than 16 characters; make a longer one"),
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
    place.write("real.toml", "process.workers = 1\n");
    fs::set_permissions(place.path("real.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.toml", place.path("tsk.toml")).unwrap();
    place.says(&["set", "process.workers", "2"]);
    assert!(place.path("tsk.toml").symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(place.path("real.toml")).unwrap(), "process.workers = 2\n");
    assert_eq!(place.path("real.toml").metadata().unwrap().mode() & 0o7777, 0o640);
    assert_eq!(place.names(), ["real.toml", "tsk.toml"]);
}

#[test]
fn a_file_that_cannot_be_written_stays_as_it_is() {
    if !Path::new("/proc/self").exists() {
        return;
    }
    let place = Place::empty();
    let line = place.complaint(&["init", "/proc/self/tsk.toml"], 1);
    assert!(line.starts_with("cannot write /proc/self/tsk.toml: "), "{line}");
    let line = place.complaint(&["set", "process.workers", "1", "-c", "/proc/tsk.toml"], 1);
    assert!(
        line.starts_with("cannot write /proc/tsk.toml: ") && line.ends_with("; it is as it was"),
        "{line}"
    );
    fs::create_dir(place.path("directory")).unwrap();
    let line = place.complaint(&["set", "process.workers", "1", "-c", "directory"], 1);
    assert!(line.starts_with("directory: cannot be read: "), "{line}");
}

#[test]
fn set_says_that_a_variable_wins() {
    let place = Place::new("process.workers = 1");
    let ended = place.run_with(&[("TSK_PROCESS__WORKERS", "3")], &["set", "process.workers", "2"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "tsk.toml: process.workers = 2\n"));
    assert_eq!(ended.stderr, "tsk: TSK_PROCESS__WORKERS is set, and wins over the file\n");
    assert_eq!(place.file(), "process.workers = 2");
}

#[test]
fn a_write_that_is_cut_off_leaves_the_file_as_it_was() {
    let place = Place::new(FILE);
    // The process may write no byte to a file, and is killed when it tries.
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "ulimit -f 0; exec \"$0\" web config set process.workers 2",
        env!("CARGO_BIN_EXE_tsk"),
    ]);
    assert!(!shell.current_dir(place.path("")).env_clear().output().unwrap().status.success());
    assert_eq!(place.file(), FILE);
    place.says(&["set", "process.workers", "2"]);
    assert_eq!(place.says(&["get", "process.workers"]), "2");
}
