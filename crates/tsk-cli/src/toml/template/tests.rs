#![allow(clippy::unwrap_used)]

use serde_json::Value;
use tsk::Config;

use super::*;
use crate::Application;

/// Every setting, as a file that holds `text` has it.
fn settings(text: &str) -> Vec<(String, Value)> {
    let application = Application::stock();
    let loader = Config::loader().text("tsk.toml", text).environment([("", ""); 0]);
    let settings = application.layers(loader).and_then(|layers| application.settings(&layers));
    let settings = settings.unwrap_or_else(|error| panic!("{error}\n{text}"));
    settings.iter().map(|setting| (setting.key().to_owned(), setting.value().clone())).collect()
}

/// What is left where one `#` is taken from every line that has one.
fn uncommented(text: &str) -> String {
    let line = |line: &str| {
        line.strip_prefix('#').map_or(line, |line| line.strip_prefix(' ').unwrap_or(line)).to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn means_the_defaults_also_without_its_comment_signs() {
    let text = of(&Application::stock().schema(), "tsk");
    let defaults = settings("");
    assert_eq!(settings(&text), defaults);
    assert_eq!(settings(&uncommented(&text)), defaults);
}

#[test]
fn shows_every_setting_and_each_setting_for_itself_can_be_uncommented() {
    let text = of(&Application::stock().schema(), "tsk");
    let mut keys: Vec<String> = settings("").into_iter().map(|(key, _)| key).collect();
    // Off by default, and then without settings.
    let off =
        ["auth.audit", "auth.introspection", "auth.redis", "auth.session", "http.access_log", "limits.redis"];
    let within = [
        "auth.audit.to",
        "auth.introspection.url",
        "auth.redis.url",
        "auth.session.idle",
        "http.access_log.to",
        "http.access_log.rules",
        "limits.redis.url",
    ];
    keys.extend(within.map(str::to_owned));
    for key in keys.iter().filter(|key| !off.contains(&key.as_str())) {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        let body = match section {
            "" => &*text,
            section => {
                text.split_once(&format!("[{section}]\n")).unwrap_or_else(|| panic!("no [{section}]")).1
            }
        };
        let line =
            body.lines().find(|line| line.trim_start_matches(['#', ' ']).starts_with(&format!("{name} = ")));
        let line = line.unwrap_or_else(|| panic!("no {key}"));
        assert!(line.starts_with('#'), "{line}");
        if off.contains(&section) || line.starts_with("## root") {
            continue;
        }
        let alone = format!("[{section}]\n{}", line.trim_start_matches(['#', ' ']));
        settings(alone.strip_prefix("[]\n").unwrap_or(&alone));
    }
}

#[test]
fn lines_are_short_but_for_values() {
    let text = of(&Application::stock().schema(), "tsk");
    for line in text.lines().filter(|line| !line.contains(" = ")) {
        assert!(line.chars().count() <= WIDTH + 8, "{line}");
    }
}
