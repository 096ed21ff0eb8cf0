#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::{Health, Kind};

fn built(config: Value) -> Result<Health, String> {
    let config: Config = serde_json::from_value(config).map_err(|error| error.to_string())?;
    Health::builder().config(&config).build().map_err(|error| error.to_string())
}

#[test]
fn what_is_wrong_is_named_with_its_key() {
    let check = |check: Value| json!({ "check": [check] });
    let notify = |notify: Value| json!({ "notify": [notify] });
    for (config, message) in [
        (
            check(json!({ "kind": "tcp" })),
            "`health.check[0].address`: a check of kind \"tcp\" needs it; write host:port",
        ),
        (
            check(json!({ "kind": "tcp", "address": "db" })),
            "`health.check[0].address`: \"db\" is no host and port; write db.internal:5432",
        ),
        (
            check(json!({ "kind": "tcp", "address": "db:0" })),
            "`health.check[0].address`: \"db:0\" is no host and port; write db.internal:5432",
        ),
        (
            check(json!({ "kind": "tcp", "address": "db:1", "url": "redis://a" })),
            "`health.check[0].url`: a check of kind \"tcp\" has no such setting; remove it",
        ),
        (
            check(json!({ "kind": "memory", "interval": "1ms" })),
            "`health.check[0].interval`: write a time from 10 ms on",
        ),
        (
            check(json!({ "kind": "memory", "timeout": "0s" })),
            "`health.check[0].timeout`: write a time above zero",
        ),
        (
            check(json!({ "kind": "memory", "interval": "10s", "max_age": "15s" })),
            "`health.check[0].max_age`: results are as old as that between two checks; write 20s at least",
        ),
        (
            check(json!({ "kind": "memory", "fail_after": 0 })),
            "`health.check[0].fail_after`: write a number from 1 to 64",
        ),
        (
            check(json!({ "kind": "memory", "fail_after": 3, "window": 2 })),
            "`health.check[0].window`: write a number from 3 to 64",
        ),
        (
            check(json!({ "kind": "memory", "recover_after": 0 })),
            "`health.check[0].recover_after`: write a number from 1 on",
        ),
        (
            check(json!({ "kind": "memory", "groups": ["A"] })),
            "`health.check[0].groups`: \"A\" is no name; write lower-case letters, digits, `-`, `_` and `.`, 64 at most",
        ),
        (
            check(json!({ "kind": "memory", "name": "a b" })),
            "`health.check[0].name`: \"a b\" is no name; write lower-case letters, digits, `-`, `_` and `.`, 64 at most",
        ),
        (
            json!({ "check": [{ "kind": "memory" }, { "kind": "memory" }] }),
            "`health.check[1].name`: there are two checks \"memory\"; name them apart",
        ),
        (
            check(json!({ "kind": "disk", "warn_below": "3%" })),
            "`health.check[0].warn_below`: it is below `fail_below`, so that nothing is warned of",
        ),
        (
            check(json!({ "kind": "memory", "fail_below": "much" })),
            "\"much\" is neither a share nor a size; write 10% or 2 GiB",
        ),
        (
            notify(json!({ "to": "webhook" })),
            "`health.notify[0].url`: it is missing; write https://host/path",
        ),
        (
            notify(json!({ "to": "webhook", "url": "ftp://me:xyzzy@a" })),
            "`health.notify[0].url`: it is no URL of HTTP; write https://host/path",
        ),
        (
            notify(json!({ "to": "log", "token": "xyzzy" })),
            "`health.notify[0].token`: it has no meaning to \"log\"; remove it",
        ),
        (
            notify(json!({ "to": "command" })),
            "`health.notify[0].command`: it is missing; write the program and its arguments, as a list",
        ),
        (json!({ "jitter": 0.6 }), "`health.jitter`: 0.6 is no such share; write a number from 0 to 0.5"),
        (
            json!({ "labels": { "check": "x" } }),
            "`health.labels`: \"check\" is no label; write letters, digits and `_`, and nothing that is set already: alertname, check, severity, service",
        ),
    ] {
        let error = built(config.clone()).unwrap_err();
        assert!(
            error.starts_with(message) && !error.contains('\n') && !error.contains("xyzzy"),
            "{config}: {error}"
        );
    }
}

#[test]
fn an_unknown_key_is_refused() {
    for config in [
        json!({ "chek": [] }),
        json!({ "check": [{ "kind": "tcp", "adress": "a:1" }] }),
        json!({ "notify": [{ "to": "log", "x": 1 }] }),
    ] {
        let error = built(config).unwrap_err();
        assert!(error.starts_with("unknown field"), "{error}");
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let config: Config = serde_json::from_value(json!({ "check": [
        { "kind": "tcp", "address": "[::1]:80" },
        { "kind": "disk" },
    ] }))
    .unwrap();
    assert_eq!((config.quiet, config.jitter, config.notify.len()), (Duration::from_secs(60), 0.1, 1));
    let [tcp, disk] = [0, 1].map(|index| config.check[index].settings());
    assert_eq!(
        (tcp.kind, tcp.interval, tcp.timeout),
        (Kind::Readiness, Duration::from_secs(10), Duration::from_secs(5))
    );
    assert_eq!((disk.kind, disk.interval), (Kind::None, Duration::from_secs(30)));
    assert_eq!(tcp, crate::Settings::default());
    assert!(Health::builder().config(&config).build().is_ok());
}

#[test]
fn it_is_written_as_it_is_read_and_shown_without_secrets() {
    let config: Config = serde_json::from_value(json!({
        "service": "shop",
        "check": [{ "kind": "redis", "url": "redis://:xyzzy@cache:6379/0", "interval": "3s", "warn_before": null }],
        "notify": [{ "to": "slack", "url": "https://hooks.slack.com/services/T0/B0/xyzzy", "token": "xyzzy" }],
    }))
    .unwrap();
    let written = serde_json::to_value(&config).unwrap();
    assert_eq!(serde_json::from_value::<Config>(written).unwrap(), config);
    let shown = format!("{config:?}");
    assert!(!shown.contains("xyzzy") && shown.contains("redis://cache:6379"), "{shown}");
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_knows_every_key_and_no_other() {
    let schema = schemars::schema_for!(Config).to_value();
    let check = &schema["$defs"]["CheckConfig"];
    assert_eq!((&check["required"], &check["additionalProperties"]), (&json!(["kind"]), &json!(false)));
    let written = serde_json::to_value(CheckConfig::new(Sort::Tcp)).unwrap();
    let keys: Vec<&String> = written.as_object().unwrap().keys().collect();
    let mut known: Vec<&String> = check["properties"].as_object().unwrap().keys().collect();
    known.sort();
    assert_eq!(
        {
            let mut keys = keys;
            keys.sort();
            keys
        },
        known
    );
}

#[cfg(all(feature = "postgres", feature = "redis", feature = "client", feature = "tls"))]
#[test]
fn every_kind_of_check_can_be_made() {
    let checks = json!({ "check": [
        { "kind": "postgres", "url": "postgres://me:secret@db/shop" },
        { "kind": "redis", "url": "rediss://cache" },
        { "kind": "http", "url": "https://api.internal/", "status": [200, 404], "contains": "ok" },
        { "kind": "tcp", "address": "queue.internal:5672" },
        { "kind": "dns", "host": "example.com" },
        { "kind": "disk", "path": "/var", "fail_below": "1 GiB" },
        { "kind": "memory" },
        { "kind": "certificate", "path": "cert.pem", "warn_before": "30d" },
        { "kind": "certificate", "name": "api", "address": "api.internal:443" },
    ] });
    assert_eq!(built(checks).unwrap().checks().len(), 9);
}
