//! What is in effect, what it may be, and what is wrong with it.

use serde_json::Value;

use super::{FILE, Place};

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
    assert!(place.says(&["show"]).starts_with("# process.workers ="), "what is not set is a comment");
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
    let place =
        Place::new("site.immutable = ['redis://user:hush@host']\nadmin.token = 'hush-hush-hush-hush'");
    for args in [&["show"][..], &["show", "--json"], &["show", "--changed"]] {
        let shown = place.says(args);
        assert!(shown.contains("redis://user:***@host") && !shown.contains("hush"), "{shown}");
    }
    assert!(place.says(&["show"]).contains("admin.token = \"***\""));
    assert_eq!(place.says(&["get", "admin.token"]), "hush-hush-hush-hush");
    assert_eq!(place.says(&["set", "admin.token", "hush-hush-hush-more"]), "tsk.toml: admin.token = \"***\"");
    assert_eq!(place.json(&["set", "admin.token", "hush-hush-hush-even-more", "--json"])["value"], "***");
    assert_eq!(place.says(&["get", "admin.token"]), "hush-hush-hush-even-more");
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
    for key in ["process.workers", "site.root", "http.access_log", "http.access_log.format"] {
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
fn validate_lists_all_that_is_wrong_with_every_overlay() {
    let place = Place::new(
        "[http]\nlsten = []\nbacklog = 'x'\n[env.a.http]\nhead_limit = '1MiB'\n[env.b.site]\nroot = 'gone'\n[env.c]\nhttpp = 1",
    );
    let ended = place.run(&["validate"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(78), "tsk: error: tsk.toml: 5 mistakes\n"));
    let lines = "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?\n\
                 tsk.toml:3:11: `http.backlog`: expected a whole number from 0 to 4294967295, found \"x\"\n\
                 tsk.toml:5:14: `http.head_limit` is not 1 B to 100 KiB; choose one within\n\
                 tsk.toml:7:8: `site.root`: there is no directory `gone`; make it, or name another\n\
                 tsk.toml:9:1: unknown key `httpp`; did you mean `http`?\n";
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
fn validate_finds_what_a_chosen_overlay_hides_and_tells_nothing_twice() {
    let place = Place::new("http.max_connections = 0\n[env.live]\nhttp.max_connections = 5");
    let line = "tsk.toml:1:24: `http.max_connections` is 0, so nobody could connect; set 1 or more\n";
    assert_eq!(place.run_with(&[("TSK_ENV", "live")], &["validate"]).stdout, line);
    assert_eq!(place.run(&["validate"]).stdout, line);
    place.write("tsk.toml", "http.listen = ['8080']");
    let ended = place.run(&["validate"]);
    assert_eq!(
        ended.stdout.lines().count(),
        1,
        "that there is no other address is no mistake: {}",
        ended.stdout
    );
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
