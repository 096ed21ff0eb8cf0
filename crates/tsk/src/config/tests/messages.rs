//! The one line that a mistake gets.

use serde::Deserialize;

use super::{Settings, environment, error, file, refusal};
use crate::config::Loader;

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
