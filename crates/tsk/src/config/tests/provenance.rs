//! Where each setting came from.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Settings, file};
use crate::config::{Loader, Place, Setting};

fn traced(loader: Loader) -> Vec<Setting> {
    let layers = loader.read().unwrap();
    layers.provenance(&layers.part::<Settings>().unwrap()).unwrap()
}

fn place(settings: &[Setting], key: &str) -> String {
    settings.iter().find(|setting| setting.key() == key).unwrap().place().to_string()
}

#[test]
fn every_setting_says_which_layer_set_it() {
    let text = "[server]\nport = 1\nverbose = true\nname = 'x'\nlisten = ['a']\n[labels]\nblue = 1\n\"a b\" = 2\n\
                [env.live.server]\nport = 2\nname = 'y'\n[env.live.labels]\nred = 2";
    let traced = traced(
        file(text).overlay("live").environment([("TSK_SERVER__NAME", "z"), ("TSK_SERVER__PAIR", "1,2")]).set(
            "server.ratio",
            "2",
            "--ratio",
        ),
    );
    for (key, expected) in [
        ("server.port", "tsk.toml:10:8 in [env.live]"),
        ("server.verbose", "tsk.toml:3:11"),
        ("server.name", "TSK_SERVER__NAME"),
        ("server.listen", "tsk.toml:5:10"),
        ("server.pair", "TSK_SERVER__PAIR"),
        ("server.ratio", "--ratio"),
        ("server.limit", "default"),
        ("labels.blue", "tsk.toml:7:8"),
        ("labels.\"a b\"", "tsk.toml:8:9"),
        ("labels.red", "tsk.toml:13:7 in [env.live]"),
        ("rules", "default"),
        ("level", "default"),
    ] {
        assert_eq!(place(&traced, key), expected, "{key}");
    }
    let keys: Vec<_> = traced.iter().map(Setting::key).collect();
    assert_eq!(
        keys[..4],
        ["server.listen", "server.port", "server.verbose", "server.ratio"],
        "as they are declared"
    );
    let unset = traced.iter().find(|setting| setting.key() == "server.limit").unwrap();
    assert_eq!((unset.value(), unset.place()), (&json!(null), &Place::Default));
}

#[test]
fn a_list_and_a_value_that_is_written_as_a_table_are_from_one_place() {
    let answer = traced(file("rules = [{ path = '/' }]\naction = { answer = { status = 1 } }"));
    assert_eq!(place(&answer, "rules"), "tsk.toml:1:9");
    assert_eq!(place(&answer, "action.answer.status"), "tsk.toml:2:32");
    let named = traced(Loader::default().no_file().environment([("TSK_ACTION", "nothing")]));
    assert_eq!(place(&named, "action"), "TSK_ACTION");
}

/// Written as a table, and read from a text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shorthand {
    action: Short,
    database: Database,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "String")]
struct Short {
    long: String,
}

impl From<String> for Short {
    fn from(long: String) -> Short {
        Short { long }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Database {
    url: String,
    password: String,
    password_file: String,
}

const DATABASE: &str =
    "action = 'x'\n[database]\nurl = 'redis://u:p@h'\npassword = 'p'\npassword_file = '/run/p'";

#[test]
fn what_is_read_from_a_text_is_from_where_the_text_is() {
    let layers = file(DATABASE).read().unwrap();
    let traced = layers.provenance(&layers.part::<Shorthand>().unwrap()).unwrap();
    assert_eq!(place(&traced, "action.long"), "tsk.toml:1:10");
}

#[test]
fn secrets_are_not_shown_unless_they_are_asked_for() {
    let layers = file(DATABASE).read().unwrap();
    let traced = layers.provenance(&layers.part::<Shorthand>().unwrap()).unwrap();
    let setting = |key: &str| traced.iter().find(|setting| setting.key() == key).unwrap();
    assert_eq!(setting("database.url").shown(), json!("redis://u:***@h"));
    assert_eq!(setting("database.url").value(), &json!("redis://u:p@h"));
    assert_eq!(setting("database.password").shown(), json!("***"));
    assert_eq!(setting("database.password_file").shown(), json!("/run/p"));
    assert!(setting("database.url").is_secret() && !setting("database.password_file").is_secret());
    assert_eq!(format!("{:?}", setting("database.password")), "database.password = \"***\" (tsk.toml:4:12)");
}

#[test]
fn the_place_of_a_key_that_an_error_names() {
    let layers = file("[server]\nlisten = ['a']\n[env.a.server]\nport = 1").overlay("a").read().unwrap();
    for (key, place) in [
        ("server.listen[0].tls", "tsk.toml:2:10"),
        ("server.port", "tsk.toml:4:8 in [env.a]"),
        ("server.pair", "tsk.toml:1:1"),
        ("rules", "default"),
    ] {
        assert_eq!(layers.place(key).to_string(), place, "{key}");
    }
}
