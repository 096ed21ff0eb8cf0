#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
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
fn names_the_place_of_an_unknown_key_and_the_nearest_known_one() {
    for (text, line) in [
        ("\n\nserver.prot = 1", "tsk.toml:3:8: unknown key `server.prot`; did you mean `server.port`?"),
        ("[server]\n\nprot = 1", "tsk.toml:3:1: unknown key `server.prot`; did you mean `server.port`?"),
        ("[sever]\nport = 1", "tsk.toml:1:2: unknown key `sever`; did you mean `server`?"),
        ("server = { por-t = 1 }", "tsk.toml:1:12: unknown key `server.por-t`; did you mean `server.port`?"),
        (
            "[[rules]]\npath = '/'\n[[rules]]\npaht = '/'",
            "tsk.toml:4:1: unknown key `rules[1].paht`; did you mean `rules[1].path`?",
        ),
        (
            "[[rules]]\n'èè' = '/'",
            "tsk.toml:2:1: unknown key `rules[0].\"èè\"`; known are `rules[0].path`, `rules[0].cost`",
        ),
        (
            "[server]\n\"a\\nb\\u001b\" = 1",
            "tsk.toml:2:1: unknown key `server.\"a\\nb\\u{1b}\"`; known are `server.listen`, `server.port`, \
             `server.verbose`, `server.ratio`, `server.name`, `server.limit`, `server.pair`, `server.mark`",
        ),
        (
            "[action.answer]\nstauts = 1",
            "tsk.toml:2:1: unknown key `action.answer.stauts`; did you mean `action.answer.status`?",
        ),
    ] {
        assert_eq!(refusal(file(text)), line);
    }
    assert_eq!(
        refusal(environment("TSK_SERVER__PROT", "1")),
        "TSK_SERVER__PROT: unknown key `server.prot`; did you mean TSK_SERVER__PORT?"
    );
    assert_eq!(
        refusal(environment("TSK_COLOUR", "1")),
        "TSK_COLOUR: unknown key `colour`; known are TSK_SERVER, TSK_LEVEL, TSK_RULES, TSK_LABELS, TSK_ACTION"
    );
    assert_eq!(
        refusal(file("").set("server.prot", "1", "--port")),
        "--port: unknown key `server.prot`; did you mean `server.port`?"
    );
}

#[test]
fn reports_the_first_mistake_of_a_file() {
    assert!(refusal(file("[server]\nzzz = 1\naaa = 1")).starts_with("tsk.toml:2:1: "));
}

#[test]
fn says_what_a_value_should_have_been() {
    for (text, line) in [
        (
            "server.port = 70000",
            "tsk.toml:1:15: `server.port`: expected a whole number from 0 to 65535, found 70000",
        ),
        (
            "server.port = '80'",
            "tsk.toml:1:15: `server.port`: expected a whole number from 0 to 65535, found \"80\"",
        ),
        ("server.verbose = 1", "tsk.toml:1:18: `server.verbose`: expected true or false, found 1"),
        ("server.listen = 'a'", "tsk.toml:1:17: `server.listen`: expected a list, found \"a\""),
        ("server.listen = ['a',\n 1]", "tsk.toml:2:2: `server.listen[1]`: expected a string, found 1"),
        ("server = 1", "tsk.toml:1:10: `server`: expected a table, found 1"),
        ("server.pair = [1]", "tsk.toml:1:15: `server.pair`: expected a tuple of size 2, found a list of 1"),
        ("server.pair = [1, 2, 3]", "tsk.toml:1:15: `server.pair`: expected a list of 2, found a list of 3"),
        ("server.mark = 2020-01-01", "tsk.toml:1:15: `server.mark`: invalid type: map, expected a character"),
        ("level = 'debgu'", "tsk.toml:1:9: `level`: unknown value `debgu`; did you mean `debug`?"),
        ("level = 'all'", "tsk.toml:1:9: `level`: unknown value `all`; known are `info`, `debug`, `warning`"),
        ("level = {}", "tsk.toml:1:9: `level`: expected a name, or one key, found a table with 0 keys"),
        ("rules = [{}]", "tsk.toml:1:10: missing key `rules[0].path`"),
        ("labels.x = 256", "tsk.toml:1:12: `labels.x`: expected a whole number from 0 to 255, found 256"),
        (
            "action.answer.status = ''",
            "tsk.toml:1:24: `action.answer.status`: expected a whole number from 0 to 65535, found \"\"",
        ),
        ("action.redirect = 1", "tsk.toml:1:19: `action.redirect`: expected a string, found 1"),
        ("action.nothing = 1", "tsk.toml:1:8: `action.nothing`: expected the name alone, found a value"),
    ] {
        assert_eq!(refusal(file(text)), line, "{text}");
    }
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
fn names_the_variable_or_the_flag_of_a_bad_value() {
    for (name, value, line) in [
        (
            "TSK_SERVER__PORT",
            "http",
            "TSK_SERVER__PORT: `server.port`: expected a whole number from 0 to 65535, found \"http\"",
        ),
        (
            "TSK_SERVER__VERBOSE",
            "yes",
            "TSK_SERVER__VERBOSE: `server.verbose`: expected true or false, found \"yes\"",
        ),
        (
            "TSK_SERVER__PAIR",
            "1,x",
            "TSK_SERVER__PAIR: `server.pair[1]`: expected a whole number from 0 to 255, found \"x\"",
        ),
        (
            "TSK_SERVER__PAIR",
            "1,2,3",
            "TSK_SERVER__PAIR: `server.pair`: expected a list of 2, found a list of 3",
        ),
        (
            "TSK_SERVER",
            "x",
            "TSK_SERVER: `server` is a section, not a value; set a key in it, as in TSK_SERVER__LISTEN",
        ),
        ("TSK_LABELS", "x", "TSK_LABELS: `labels` is a section, not a value"),
        (
            "TSK_SERVER__PORT__X",
            "1",
            "TSK_SERVER__PORT__X: `server.port`: expected a whole number from 0 to 65535, found a table",
        ),
        (
            "TSK_LEVEL",
            "loud",
            "TSK_LEVEL: `level`: unknown value `loud`; known are `info`, `debug`, `warning`",
        ),
        (
            "TSK_SERVER____PORT",
            "1",
            "TSK_SERVER____PORT: names no setting; a setting is named as in TSK_HTTP__LISTEN",
        ),
        ("TSK_", "1", "TSK_: names no setting; a setting is named as in TSK_HTTP__LISTEN"),
    ] {
        assert_eq!(refusal(environment(name, value)), line);
    }
    assert_eq!(
        refusal(file("").set("server.port", "http", "--port")),
        "--port: `server.port`: expected a whole number from 0 to 65535, found \"http\""
    );
    assert_eq!(
        refusal(file("").set("server..port", "1", "--port")),
        "--port: `server..port` names no setting"
    );
}

#[test]
fn a_variable_clashes_with_another_that_sets_the_same() {
    let clash =
        |names: [&str; 2]| refusal(Loader::default().no_file().environment(names.map(|name| (name, "1"))));
    assert_eq!(
        clash(["TSK_SERVER__PORT", "TSK_server__port"]),
        "TSK_server__port: clashes with TSK_SERVER__PORT: keep one"
    );
    assert_eq!(
        clash(["TSK_SERVER", "TSK_SERVER__PORT"]),
        "TSK_SERVER__PORT: clashes with TSK_SERVER: keep one"
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::ffi::OsString::from_vec(vec![0xFF]);
    let loader = Loader::default().no_file().environment([("TSK_SERVER__NAME", value)]);
    assert_eq!(refusal(loader), "TSK_SERVER__NAME: not UTF-8 text");
}

#[test]
fn a_missing_key_says_how_to_set_it() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Required {
        #[allow(dead_code)]
        database: Database,
    }
    #[derive(Debug, Deserialize)]
    struct Database {
        #[allow(dead_code)]
        url: String,
    }
    let missing = error::<Required>(file(""));
    assert_eq!(
        missing.to_string(),
        "missing key `database`; set it in the configuration file, or as TSK_DATABASE"
    );
    assert!(missing.is_missing_key());
    let missing = error::<Required>(file("\n[database]"));
    assert_eq!(missing.to_string(), "tsk.toml:2:1: missing key `database.url`");
    assert_eq!((missing.key(), missing.line(), missing.column()), (Some("database.url"), Some(2), Some(1)));
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
fn a_file_that_is_not_toml_is_refused_on_one_line() {
    for (text, line) in [
        ("[server]\nport = ", "tsk.toml:2:8: "),
        ("a = 1\na = 2", "tsk.toml:2:1: duplicate key"),
        ("a = 99999999999999999999999999999999999999999999", "tsk.toml:1:5: a number too large to read"),
        ("a = 1e999", "tsk.toml:1:5: a number too large to read"),
    ] {
        let refused = error::<Settings>(file(text));
        assert!(refused.to_string().starts_with(line), "{refused}");
        assert!(!refused.to_string().contains('\n'));
        assert!(refused.is_unreadable());
    }
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

/// Pieces that, put together at random, are often valid TOML and often nearly so.
fn fragments() -> impl Strategy<Value = String> {
    const FRAGMENTS: [&str; 46] = [
        "a",
        "b",
        "server",
        "port",
        "rules",
        "level",
        ".",
        ".",
        "=",
        " = ",
        " = ",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        "\n",
        "\n",
        "\n",
        "\r\n",
        " ",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\"x\"",
        "'y'",
        "\\",
        "#",
        "0",
        "17",
        "-3",
        "0x1F",
        "1.5",
        "1e3",
        "inf",
        "nan",
        "true",
        "false",
        "1979-05-27T07:32:00Z",
        "07:32:00",
        "é",
        "\u{1b}",
        "_",
    ];
    prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..30).prop_map(|parts| parts.concat())
}

/// A document that is valid, whatever it says.
fn documents() -> impl Strategy<Value = toml::Table> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(toml::Value::Boolean),
        any::<i64>().prop_map(toml::Value::Integer),
        any::<f64>().prop_map(toml::Value::Float),
        ".{0,12}".prop_map(toml::Value::String),
        prop::sample::select(
            &["1979-05-27T07:32:00.5-07:00", "1979-05-27T07:32:00", "1979-05-27", "07:32:00"][..]
        )
        .prop_map(|text| toml::Value::Datetime(text.parse().unwrap())),
    ];
    let value = leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(toml::Value::Array),
            prop::collection::btree_map(".{0,6}", inner, 0..5)
                .prop_map(|table| toml::Value::Table(table.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-z]{1,6}|.{0,3}", value, 0..6)
        .prop_map(|table| table.into_iter().collect())
}

/// As text, for NaN is unequal to itself.
fn as_read_by_us(text: &str) -> Option<String> {
    file(text).load::<toml::Table>().ok().map(|table| format!("{table:?}"))
}

fn as_read_by_toml(text: &str) -> Option<String> {
    toml::from_str::<toml::Table>(text).ok().map(|table| format!("{table:?}"))
}

const VARIABLES: &str =
    "TSK_[a-zA-Z_]{0,12}|TSK_.{0,8}|TSK_SERVER__(PORT|PAIR|LISTEN|MARK)|TSK_(LEVEL|ACTION|RULES)";

fn anything() -> impl Strategy<Value = Settings> {
    let numbers = any::<(u16, bool, (u8, u8), char, Option<i64>)>();
    let server = (numbers, -1e300..1e300f64, any::<Option<String>>()).prop_map(|(numbers, ratio, name)| {
        let (port, verbose, pair, mark, limit) = numbers;
        Server { port, verbose, pair, mark, limit, ratio, name, ..Server::default() }
    });
    let level = prop_oneof![Just(Level::Info), Just(Level::Debug), Just(Level::Warning)];
    let action = prop_oneof![
        Just(Action::Nothing),
        any::<String>().prop_map(Action::Redirect),
        any::<(u8, u8)>().prop_map(|(from, to)| Action::Range(from, to)),
        any::<u16>().prop_map(|status| Action::Answer { status }),
    ];
    let rule = any::<(String, u8)>().prop_map(|(path, cost)| Rule { path, cost });
    let labels = prop::collection::btree_map(any::<String>(), any::<u8>(), 0..4);
    (server, level, prop::collection::vec(rule, 0..4), labels, action)
        .prop_map(|(server, level, rules, labels, action)| Settings { server, level, rules, labels, action })
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(text in prop_oneof![any::<String>(), fragments()]) {
        prop_assert_eq!(as_read_by_us(&text), as_read_by_toml(&text));
        if let Err(error) = file(&text).load_with::<Settings, Shop>() {
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }

    #[test]
    fn no_environment_makes_it_panic(variables in prop::collection::vec((VARIABLES, any::<String>()), 0..5)) {
        let loader = Loader::default().no_file().environment(variables);
        if let Err(error) = loader.load::<Settings>() {
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }

    #[test]
    fn reads_every_document_as_toml_itself_does(document in documents()) {
        let text = toml::to_string(&document).unwrap();
        prop_assert_eq!(as_read_by_us(&text).unwrap(), as_read_by_toml(&text).unwrap());
    }

    #[test]
    fn reads_back_what_is_written(written in anything()) {
        prop_assert_eq!(settings(file(&toml::to_string(&written).unwrap())), written);
    }
}
