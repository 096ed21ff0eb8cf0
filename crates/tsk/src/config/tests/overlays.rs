//! `[env.NAME]`: what is laid over a file.

use super::{NONE, Settings, Shop, error, file, refusal, settings};
use crate::config::{Config, Loader};

const FILE: &str = "\
level = 'debug'
[server]
port = 1
listen = ['a', 'b']
[labels]
blue = 1
[env.production]
level = 'warning'
[env.production.server]
listen = ['c']
[env.production.labels]
red = 2
[env.staging.server]
port = 3
";

fn port(loader: Loader) -> u16 {
    settings(loader).server.port
}

#[test]
fn an_overlay_is_laid_over_the_file_setting_by_setting() {
    let plain = settings(file(FILE));
    assert_eq!((plain.server.port, plain.server.listen.len(), plain.labels.len()), (1, 2, 1));

    let loaded = settings(file(FILE).overlay("production"));
    assert_eq!(loaded.level, super::Level::Warning);
    assert_eq!((loaded.server.port, loaded.server.listen), (1, vec!["c".to_owned()]));
    assert_eq!((loaded.labels["blue"], loaded.labels["red"]), (1, 2));
}

#[test]
fn variables_and_flags_are_above_an_overlay() {
    let loader = || file(FILE).overlay("staging");
    assert_eq!(port(loader()), 3);
    assert_eq!(port(loader().environment([("TSK_SERVER__PORT", "4")])), 4);
    assert_eq!(port(loader().environment([("TSK_SERVER__PORT", "4")]).set("server.port", "5", "--port")), 5);
}

#[test]
fn the_program_chooses_before_the_variable() {
    let variable = |name: &str| file(FILE).environment([("TSK_ENV", name)]);
    assert_eq!(port(variable("staging")), 3);
    assert_eq!(port(variable("")), 1);
    assert_eq!(port(variable("staging").overlay("production")), 1);
    assert_eq!(port(variable("production").overlay("staging")), 3);
    assert_eq!(port(variable("staging").overlay("")), 1, "an empty name is none");
}

#[test]
fn layers_tell_what_there_is_and_what_was_chosen() {
    let layers = file(FILE).overlay("staging").read().unwrap();
    assert_eq!(layers.overlays().collect::<Vec<_>>(), ["production", "staging"]);
    assert_eq!((layers.overlay(), layers.file().unwrap().to_str()), (Some("staging"), Some("tsk.toml")));
    let layers = Loader::default().no_file().environment(NONE).read().unwrap();
    assert_eq!((layers.overlay(), layers.file(), layers.overlays().count()), (None, None, 0));
}

#[test]
fn an_overlay_that_does_not_exist_is_an_error_that_names_those_that_do() {
    assert_eq!(
        refusal(file(FILE).overlay("prodution")),
        "tsk.toml: no overlay `prodution`; did you mean `production`?"
    );
    assert_eq!(
        refusal(file(FILE).environment([("TSK_ENV", "live")])),
        "tsk.toml: no overlay `live`, which TSK_ENV asks for; known are `production`, `staging`"
    );
    assert_eq!(refusal(file("").overlay("live")), "tsk.toml: no overlay `live`; there is none");
    assert_eq!(
        refusal(Loader::default().no_file().environment([("TSK_ENV", "a\nb")])),
        "no overlay `a\\nb`, which TSK_ENV asks for; there is none"
    );
}

#[test]
fn an_unknown_key_is_an_error_in_every_overlay() {
    for name in ["", "production", "staging"] {
        let text = format!("{FILE}lsten = ['d']");
        assert_eq!(
            refusal(file(&text).overlay(name)),
            "tsk.toml:15:1: unknown key `server.lsten`; did you mean `server.listen`?"
        );
        let text = format!("{FILE}[env.staging.sever]\nport = 1");
        assert_eq!(
            refusal(file(&text).overlay(name)),
            "tsk.toml:15:14: unknown key `sever`; did you mean `server`?"
        );
        let text = format!("{FILE}[env.other.sever]\nport = 1");
        let refused = file(&text).overlay(name).load_with::<Settings, Shop>().unwrap_err().to_string();
        assert_eq!(refused, "tsk.toml:15:12: unknown key `sever`; did you mean `server`?");
    }
}

#[test]
fn an_unknown_key_is_found_behind_other_mistakes() {
    let text = "[env.a]\nlevel = 'loud'\nrules = [{}, { cost = 'x', path = '' }, { paht = '' }]\n\
                server = { port = -1, ports = 1 }\naction = { answer = { status = 'x' }, redirect = 1 }";
    assert_eq!(
        refusal(file(text)),
        "tsk.toml:3:43: unknown key `rules[2].paht`; did you mean `rules[2].path`?"
    );
    let text = text.replace(", { paht = '' }", "");
    assert_eq!(
        refusal(file(&text)),
        "tsk.toml:4:23: unknown key `server.ports`; did you mean `server.port`?"
    );
}

#[test]
fn other_mistakes_are_those_of_the_place_where_an_overlay_is_chosen() {
    let text = "[env.a]\nlevel = 'loud'\n[[env.a.rules]]\n[env.b]";
    assert_eq!(settings(file(text)), settings(file("")));
    assert_eq!(settings(file(text).overlay("b")), settings(file("")));
    assert_eq!(
        refusal(file(text).overlay("a")),
        "tsk.toml:2:9: `level`: unknown value `loud`; known are `info`, `debug`, `warning`"
    );
}

#[test]
fn what_is_no_overlay_is_refused() {
    for (text, line) in [
        ("env = 1", "tsk.toml:1:7: `env`: expected a table with an overlay for each name, found 1"),
        ("[[env]]", "tsk.toml:1:1: `env`: expected a table with an overlay for each name, found a list"),
        ("env.a = 'b'", "tsk.toml:1:9: `env.a`: expected a table of settings, found \"b\""),
        ("[env.a.env.b]", "tsk.toml:1:8: `env.a.env`: an overlay holds no overlays; move it up"),
    ] {
        assert_eq!(refusal(file(text)), line);
    }
    let refused = refusal(file("").environment([("TSK_ENV__A__LEVEL", "info")]));
    assert!(refused.starts_with("TSK_ENV__A__LEVEL: unknown key `env`"), "{refused}");
}

#[test]
fn all_mistakes_are_told_and_none_twice() {
    let text = "[http]\nlsten = []\nbacklog = 'many'\nlisten = ['a:1', 'b', { adress = 'c' }]\nh2 = 1\n[htp]\n[shop]\nx = 1";
    let layers = file(text).environment([("TSK_HTTP__HEAD_TIMEOUT", "soon")]).read().unwrap();
    let mistakes = layers.mistakes(|layers| {
        layers.part::<Config>()?;
        layers.part::<Shop>()?;
        layers.finish()
    });
    let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let begins = [
        "tsk.toml:2:1: unknown key `http.lsten`",
        "tsk.toml:3:11: `http.backlog`: expected",
        "tsk.toml:4:18: `http.listen[1]`: \"b\" is no address",
        "tsk.toml:4:25: unknown key `http.listen[2].adress`",
        "tsk.toml:4:23: missing key `http.listen[2].address`",
        "tsk.toml:5:6: `http.h2`: expected a table, found 1",
        "TSK_HTTP__HEAD_TIMEOUT: `http.head_timeout`",
        "tsk.toml:8:1: unknown key `shop.x`",
        "tsk.toml:6:2: unknown key `htp`",
    ];
    assert_eq!(mistakes.len(), begins.len(), "{mistakes:#?}");
    for (mistake, begin) in mistakes.iter().zip(begins) {
        assert!(mistake.starts_with(begin), "{mistake}");
    }
    let many = (0..1000).map(|n| format!("x{n} = 1\n")).collect::<String>();
    let layers = file(&many).read().unwrap();
    assert_eq!(layers.mistakes(|layers| layers.finish()).len(), 100);
    assert_eq!(error::<Settings>(file("lvel = 1")).reason(), "unknown key `lvel`; did you mean `level`?");
}
