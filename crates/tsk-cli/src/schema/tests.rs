#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::Application;

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&Application::stock().schema().document("tsk")).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::to_value(::toml::from_str::<::toml::Value>(text).unwrap()).unwrap()
}

/// What is between fences of TOML in a page.
fn examples(page: &str) -> impl Iterator<Item = String> {
    let mut fences = page.split("```toml\n");
    fences.next();
    fences.filter_map(|rest| rest.split_once("```")).map(|(code, _)| {
        let indent = code.len() - code.trim_start_matches(' ').len();
        code.lines().map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn takes_the_examples_of_the_guide() {
    let validator = validator();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide");
    let mut count = 0;
    for page in std::fs::read_dir(guide).unwrap() {
        let page = page.unwrap().path();
        for example in examples(&std::fs::read_to_string(&page).unwrap()) {
            // A manifest is no configuration.
            if ["[dependencies", "[package", "[dev-dependencies", "[features"]
                .iter()
                .any(|part| example.contains(part))
            {
                continue;
            }
            // The rest of a listener that was shown before.
            let example = match example.strip_prefix("[http.listen.tls]") {
                Some(_) => format!("[[http.listen]]\naddress = 'localhost:1'\n{example}"),
                None => example,
            };
            let errors: Vec<String> =
                validator.iter_errors(&parsed(&example)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}\n{example}", page.display());
            count += 1;
        }
    }
    assert!(count > 5, "{count} examples");
}

#[test]
fn takes_what_is_right_and_refuses_what_is_wrong() {
    let validator = validator();
    for (text, is_right) in [
        ("", true),
        ("process.workers = 4", true),
        ("http.listen = ['127.0.0.1:80', 'unix:/a', { address = '[::1]:80', protocols = ['h2'] }]", true),
        ("http.body_limit = 4096\nhttp.head_limit = '64KiB'\nhttp.h2.max_frame = '16 kb'", true),
        ("http.head_timeout = '1m 30s'\nhttp.idle_timeout = '4.2s'\nhttp.drain_grace = '0'", true),
        ("http.access_log.rules = [{ status = '5xx' }, { status = 404, sample = 0.5 }]", true),
        ("http.trusted_proxies = ['10.0.0.0/8', 'fd00::/8', '::1']", true),
        ("http.trusted_proxies = ['unix']\nhttp.forwarding = 'forwarded'", true),
        ("[[limit]]\nname = 'a'\nlimit = 5\nwindow = '1m'\nkey = 'principal'\ntiers.gold.limit = 9", true),
        ("env.live.http.listen = ['a:80']\nenv.live.site.root = 'x'", true),
        ("[[http.listen]]\naddress = 'a:1'\ntls = { certificate = 'c', key = 'k' }", true),
        ("worker = 4", false),
        ("process.workers = '4'", false),
        ("http.lsten = []", false),
        ("http.listen = '127.0.0.1:80'", false),
        ("http.listen = ['127.0.0.1']", false),
        ("http.listen = ['::1:80']", false),
        ("http.listen = [{ protocols = ['h2'] }]", false),
        ("[[http.listen]]\naddress = 'a:1'\ntls = { certificate = 'c' }", false),
        ("http.head_timeout = 'soon'", false),
        ("http.head_timeout = '5 parsecs'", false),
        ("http.head_timeout = 30", false),
        ("http.body_limit = 'big'", false),
        ("http.body_limit = -1", false),
        ("http.compression.codings = ['lzma']", false),
        ("http.compression.gzip_level = 10", false),
        ("http.access_log.rules = [{ status = '6yz' }]", false),
        ("http.access_log.sample = 2", false),
        ("http.trusted_proxies = ['localhost']", false),
        ("http.forwarding = 'x-real-ip'", false),
        ("limits.memory = 'big'", false),
        ("[[limit]]\nlimit = 5", false),
        ("[[limit]]\nname = 'a'\nlimit = 5\nwindow = 60", false),
        ("env = 1", false),
        ("env.live.http.lsten = []", false),
        ("env.live.env.x.http = {}", false),
    ] {
        assert_eq!(validator.is_valid(&parsed(text)), is_right, "{text}");
    }
}

#[test]
fn says_the_defaults_that_are() {
    let schema = Application::stock().schema();
    let config = serde_json::to_value(tsk::Config::default()).unwrap();
    compared(&config, schema.root());

    fn compared(defaults: &Value, node: &Value) {
        for (key, default) in defaults.as_object().unwrap() {
            let node = &node["properties"][key];
            assert!(node["description"].is_string(), "{key} is not explained");
            match default {
                Value::Object(_) => compared(default, node),
                _ => assert_eq!(node["default"], *default, "{key}"),
            }
        }
    }
}

#[test]
fn has_neither_null_nor_rust_in_it() {
    let document = Application::stock().schema().document("tsk").to_string();
    for rust in [":null", "\"type\":[", "](crate", "](super", "```", "::Config"] {
        assert!(!document.contains(rust), "{rust}");
    }
    assert!(document.starts_with(r#"{"$schema":"https://json-schema.org/draft/2020-12/schema""#));
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Shop {
    /// Where it is.
    database: Database,
    tree: Option<Tree>,
    labels: BTreeMap<String, u8>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Database {
    url: String,
    pool: Option<u32>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Tree {
    left: Option<Box<Tree>>,
    name: Option<String>,
}

#[test]
fn has_the_settings_of_an_application() {
    let app = |config: tsk::Config, _: Shop| async move { Ok::<_, tsk::Error>(tsk::App::new(config)) };
    let schema = Application::with_settings("shop", "1", app).schema();
    let find = |key: &str| schema.find(key.split('.')).map(|node| node["type"].clone());
    assert_eq!(find("database.url"), Some("string".into()));
    assert_eq!(find("database.pool"), Some("integer".into()));
    assert_eq!(find("labels.any"), Some("integer".into()));
    assert_eq!(find("tree.left.left.name"), Some("string".into()));
    assert_eq!(find("database.uri"), None);
    assert_eq!(find("http.backlog"), Some("integer".into()));

    let validator = jsonschema::draft202012::new(&schema.document("shop")).unwrap();
    for (text, is_right) in [
        ("[env.live.database]\npool = 1", true),
        ("database.pool = 1", true),
        ("tree.left.left.name = 'x'", true),
        ("labels.x = 1", true),
        ("tree.left.left.nam = 'x'", false),
        ("env.live.tree.left.nam = 'x'", false),
        ("database.url = 1", false),
        ("labels.x = 256", false),
    ] {
        assert_eq!(validator.is_valid(&parsed(text)), is_right, "{text}");
    }
}
