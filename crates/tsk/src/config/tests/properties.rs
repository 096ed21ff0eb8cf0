//! What holds for every text.

use proptest::prelude::*;

use super::{Action, Level, Rule, Server, Settings, Shop, file, settings};
use crate::config::Loader;

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
    // What is below `env` is laid over the rest.
    prop::collection::btree_map("[a-z]{1,6}|.{0,3}", value, 0..6)
        .prop_map(|table| table.into_iter().filter(|(key, _)| key != "env").collect())
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
