//! The reference pages say what there is, all of it and nothing else.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use argh::{ArgsInfo, CommandInfoWithArgs};
use serde_json::Value;

use super::Tsk;
use crate::{reference, settings, stock};

const CLI: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md"));
const CONFIGURATION: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md"));

#[test]
fn the_reference_is_made_of_the_definitions() {
    let page = reference::markdown("tsk", &Tsk::get_args_info());
    assert!(
        page == CLI,
        "docs/reference/cli.md is not what the commands say; write it with `cargo xtask docs`"
    );
}

#[test]
fn every_exit_code_of_a_command_is_explained() {
    fn explained(path: &str, command: &CommandInfoWithArgs) {
        for code in command.error_codes {
            assert!(CLI.contains(&format!("\n| {} | ", code.code)), "{path}: {}", code.code);
        }
        for sub in &command.commands {
            explained(&format!("{path} {}", sub.name), &sub.command);
        }
    }
    explained("tsk", &Tsk::get_args_info());
}

#[test]
fn the_reference_has_every_setting_with_its_variable_and_default() {
    let mut settings = Vec::new();
    let mut config = tsk::Config::default();
    // Off by default, and then without settings.
    config.http.access_log = Some(tsk::http::access_log::Config::default());
    config.auth.session = Some(tsk::auth::config::SessionConfig::default());
    config.auth.audit = Some(tsk::auth::config::AuditConfig::default());
    config.auth.redis = Some(tsk::auth::config::RedisConfig::new(""));
    config.auth.oidc = Some(tsk::auth::config::OidcConfig::new("", "", ""));
    config.limits.redis = Some(tsk::ratelimit::config::RedisConfig::new(""));
    config.auth.introspection = Some(tsk::auth::config::IntrospectionConfig::new("", "", ""));
    for sections in [
        serde_json::to_value(config).unwrap(),
        serde_json::to_value(settings::Settings::default()).unwrap(),
        serde_json::to_value(stock::Settings::default()).unwrap(),
    ] {
        leaves("", &sections, &mut settings);
    }
    assert!(!settings.is_empty());
    // Tables in a list, which no variable can have.
    let lists = [
        "auth.access",
        "auth.jwt",
        "http.access_log.rules",
        "health.check",
        "health.notify",
        "limit",
        "slo",
        "room",
        "tracing.rules",
        "route",
    ];
    // And those by names of one's own.
    let by_name = [
        "auth.role",
        "alerts.labels",
        "alerts.matchers",
        "metrics.histograms",
        "health.labels",
        "tracing.attributes",
        "tracing.export.headers",
    ];
    settings.retain(|(path, _)| ![&lists[..], &by_name].concat().contains(&&**path));
    let mut variables = BTreeSet::new();
    for (path, default) in &settings {
        let (section, key) = path.rsplit_once('.').unwrap();
        let variable = format!("`TSK_{}`", path.to_uppercase().replace('.', "__"));
        let heading = format!("\n## `[{section}]`");
        let after = CONFIGURATION.split_once(&heading);
        let section = after.unwrap_or_else(|| panic!("no section for {path}")).1;
        let section = section.split("\n## ").next().unwrap();
        let row = section.lines().find(|line| line.contains(&variable));
        let row = row.unwrap_or_else(|| panic!("no {variable} in the section of {path}"));
        assert!(row.starts_with(&format!("| `{key}` | ")), "{row}");
        assert!(row.contains(&format!("| `{default}` |")) || default.is_empty(), "not `{default}`: {row}");
        variables.insert(variable);
    }
    let rows =
        CONFIGURATION.lines().filter_map(|line| Some(line.split_once("| `TSK_")?.1.split_once('`')?.0));
    let unknown: Vec<_> = rows.filter(|row| !variables.contains(&format!("`TSK_{row}`"))).collect();
    assert!(unknown.is_empty(), "the page has settings that do not exist: {unknown:?}");
}

/// The settings below `value` by their paths, with their defaults as text.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&path, value, found);
            }
        }
        Value::Array(items) => {
            found.push((path.to_owned(), items.iter().map(text).collect::<Vec<_>>().join(",")))
        }
        value => found.push((path.to_owned(), text(value))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
