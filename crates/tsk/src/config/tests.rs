//! What the layers make of each other, and of what they hold.

#![allow(clippy::unwrap_used)]

mod listen;
mod messages;
mod overlays;
mod properties;
mod provenance;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Config, Error, Loader};

/// Settings of every shape that a component may have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    server: Server,
    level: Level,
    rules: Vec<Rule>,
    labels: BTreeMap<String, u8>,
    action: Action,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Server {
    listen: Vec<String>,
    port: u16,
    verbose: bool,
    ratio: f64,
    name: Option<String>,
    limit: Option<i64>,
    pair: (u8, u8),
    mark: char,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: vec!["127.0.0.1:8080".to_owned()],
            port: 8080,
            verbose: false,
            ratio: 0.5,
            name: None,
            limit: None,
            pair: (1, 2),
            mark: '#',
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Info,
    Debug,
    Warning,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    #[default]
    Nothing,
    Redirect(String),
    Range(u8, u8),
    Answer {
        status: u16,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: String,
    #[serde(default)]
    cost: u8,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shop {
    shop: Currency,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Currency {
    currency: String,
}

const NONE: [(&str, &str); 0] = [];

fn file(text: &str) -> Loader {
    Loader::default().text("tsk.toml", text).environment(NONE)
}

fn environment(name: &str, value: &str) -> Loader {
    Loader::default().no_file().environment([(name, value)])
}

fn settings(loader: Loader) -> Settings {
    loader.load().unwrap()
}

fn refusal(loader: Loader) -> String {
    error::<Settings>(loader).to_string()
}

fn error<T: DeserializeOwned>(loader: Loader) -> Error {
    match loader.load::<T>() {
        Ok(_) => panic!("a mistake was accepted"),
        Err(error) => error,
    }
}

#[test]
fn the_stronger_layer_wins_setting_by_setting() {
    let loaded = settings(
        Loader::default()
            .text("tsk.toml", "[server]\nport = 1\nratio = 1\nname = 'file'\nlisten = ['a', 'b']")
            .environment([("TSK_SERVER__NAME", "variable"), ("TSK_SERVER__RATIO", "2"), ("PATH", "/bin")])
            .set("server.name", "first flag", "--name")
            .set("server.name", "flag", "--name"),
    );
    assert_eq!(loaded.server.port, 1);
    assert_eq!(loaded.server.ratio, 2.0);
    assert_eq!(loaded.server.name.as_deref(), Some("flag"));
    assert_eq!(loaded.server.listen, ["a", "b"]);
    assert_eq!(loaded.server.mark, '#');
}

#[test]
fn a_list_replaces_a_list_whole() {
    let loader = Loader::default()
        .text("tsk.toml", "server.listen = ['a', 'b']")
        .environment([("TSK_SERVER__LISTEN", "c")]);
    assert_eq!(settings(loader).server.listen, ["c"]);
}

#[test]
fn reads_text_as_what_the_setting_is() {
    let loaded = settings(Loader::default().no_file().environment([
        ("TSK_SERVER__LISTEN", "a, b ,c"),
        ("TSK_SERVER__PORT", " 80 "),
        ("TSK_SERVER__VERBOSE", "true"),
        ("TSK_SERVER__RATIO", "1e3"),
        ("TSK_SERVER__NAME", "true"),
        ("TSK_SERVER__LIMIT", "-1"),
        ("TSK_SERVER__PAIR", "3,4"),
        ("TSK_SERVER__MARK", ";"),
        ("TSK_LEVEL", "warning"),
        ("TSK_LABELS__Blue", "7"),
        ("TSK_ACTION__REDIRECT", "/elsewhere"),
    ]));
    let server = Server {
        listen: ["a", "b", "c"].map(str::to_owned).to_vec(),
        port: 80,
        verbose: true,
        ratio: 1000.0,
        name: Some("true".to_owned()),
        limit: Some(-1),
        pair: (3, 4),
        mark: ';',
    };
    assert_eq!(loaded.server, server);
    assert_eq!(loaded.level, Level::Warning);
    assert_eq!(loaded.labels, BTreeMap::from([("blue".to_owned(), 7)]));
    assert_eq!(loaded.action, Action::Redirect("/elsewhere".to_owned()));
    assert!(settings(environment("TSK_SERVER__LISTEN", " ")).server.listen.is_empty());
}

#[test]
fn two_structs_share_a_file() {
    let load = |text: &str| file(text).load_with::<Settings, Shop>();
    let (ours, theirs) = load("[server]\nport = 1\n[shop]\ncurrency = 'EUR'").unwrap();
    assert_eq!((ours.server.port, theirs.shop.currency.as_str()), (1, "EUR"));
    assert_eq!(
        load("[shop]\ncurency = 'EUR'").unwrap_err().to_string(),
        "tsk.toml:2:1: unknown key `shop.curency`; did you mean `shop.currency`?"
    );
    assert_eq!(
        load("[shup]\ncurrency = 'EUR'").unwrap_err().to_string(),
        "tsk.toml:1:2: unknown key `shup`; did you mean `shop`?"
    );
    assert_eq!(
        load("[servr]\nport = 1").unwrap_err().to_string(),
        "tsk.toml:1:2: unknown key `servr`; did you mean `server`?"
    );
}

#[test]
fn reads_the_file_that_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("web.toml");
    let load = || Loader::default().file(&path).environment(NONE).load::<Settings>();

    let refused = load().unwrap_err();
    assert_eq!(refused.to_string(), format!("{}: no such file", path.display()));
    assert!(refused.is_not_found());
    assert_eq!((refused.file(), refused.line()), (Some(path.as_path()), None));

    std::fs::write(&path, "server.port = 1").unwrap();
    assert_eq!(load().unwrap().server.port, 1);

    std::fs::write(&path, b"server.name = '\xFF'").unwrap();
    assert_eq!(load().unwrap_err().to_string(), format!("{}: not UTF-8 text", path.display()));

    std::fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
    assert!(load().unwrap_err().to_string().ends_with("longer than a configuration may be, 1048576 bytes"));

    let refused = Loader::default().file(directory.path()).environment(NONE).load::<Settings>().unwrap_err();
    assert!(refused.to_string().contains("cannot be read: "), "{refused}");
}

#[test]
fn durations_sizes_and_addresses_are_read_as_an_operator_writes_them() {
    let load = |name: &str, value: &str| environment(name, value).load::<Config>();
    assert_eq!(load("TSK_HTTP__HEAD_TIMEOUT", "1m 30s").unwrap().http.head_timeout, Duration::from_secs(90));
    assert_eq!(load("TSK_HTTP__BODY_LIMIT", "4KiB").unwrap().http.body_limit.as_u64(), 4096);
    assert_eq!(load("TSK_HTTP__BODY_LIMIT", "4096").unwrap().http.body_limit.as_u64(), 4096);
    assert_eq!(load("TSK_HTTP__LISTEN", "[::1]:0, unix:/run/a.sock").unwrap().http.listen.len(), 2);
    for (name, value, line) in [
        ("HEAD_TIMEOUT", "soon", "`http.head_timeout`: expected a duration, found \"soon\""),
        ("BODY_LIMIT", "big", "`http.body_limit`: expected parsable string, found \"big\""),
        (
            "LISTEN",
            "a:1,8080",
            "`http.listen[1]`: \"8080\" is no address to listen on: the port is missing; \
             write host:port or unix:/path",
        ),
    ] {
        let name = format!("TSK_HTTP__{name}");
        assert_eq!(load(&name, value).unwrap_err().to_string(), format!("{name}: {line}"));
    }
}

#[test]
fn the_defaults_of_every_component_can_be_written_and_read() {
    let text = toml::to_string(&Config::default()).unwrap();
    let read: Config = file(&text).load().unwrap();
    assert_eq!(toml::to_string(&read).unwrap(), text);
}
