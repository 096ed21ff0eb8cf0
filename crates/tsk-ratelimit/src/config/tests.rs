#![allow(clippy::unwrap_used)]

use std::time::Instant;

use tsk_core::{Policy as _, RouteTable};

use super::*;
use crate::Limits;

fn rules(json: &str) -> Vec<RuleConfig> {
    serde_json::from_str(json).unwrap()
}

fn limits(json: &str) -> Result<Limits, crate::Error> {
    let config = Config::default();
    Limits::new(config.store(Instant::now())).config(&config, &rules(json))
}

#[test]
fn a_limit_needs_a_name_and_a_limit() {
    let mut limits = limits(
        r#"[
            { "name": "a", "limit": 5 },
            { "name": "b", "limit": 5, "window": "1m", "burst": 2, "key": "principal + route", "cost": 2,
              "routes": ["POST /login", "/api/*"], "tiers": { "gold": { "limit": 50, "burst": 9 } },
              "exempt": ["10.0.0.0/8", "principal:monitor", "tier:staff"], "delay": "2s", "dry_run": true,
              "outage": "closed", "adaptive": { "window": "1m", "memory": "64 KiB" } },
            { "name": "c", "limit": 5, "adaptive": true },
            { "name": "d", "limit": 5, "adaptive": false }
        ]"#,
    )
    .unwrap();
    assert!(limits.bind(&RouteTable::default()).is_ok());
}

#[test]
fn says_which_setting_is_wrong_and_what_to_write() {
    for (json, key, reason) in [
        (r#"[{ "name": "a b", "limit": 5 }]"#, "limit[0]", "cannot be called"),
        (r#"[{ "name": "a", "limit": 5 }, { "name": "a", "limit": 6 }]"#, "limit[1].name", "another name"),
        (r#"[{ "name": "a", "limit": 0 }]"#, "limit[0]", "more than zero"),
        (r#"[{ "name": "a", "limit": 5, "window": "0s" }]"#, "limit[0]", "more than zero"),
        (r#"[{ "name": "a", "limit": 5, "cost": 6 }]"#, "limit[0]", "raise the burst"),
        (r#"[{ "name": "a", "limit": 5, "key": "ip" }]"#, "limit[0].key", "write `address`"),
        (r#"[{ "name": "a", "limit": 5, "key": "address-33-64" }]"#, "limit[0].key", "write `address`"),
        (r#"[{ "name": "a", "limit": 5, "key": "" }]"#, "limit[0].key", "write `address`"),
        (r#"[{ "name": "a", "limit": 5, "routes": ["/", "b"] }]"#, "limit[0].routes[1]", "names no route"),
        (r#"[{ "name": "a", "limit": 5, "exempt": ["me"] }]"#, "limit[0].exempt[0]", "is nobody"),
        (
            r#"[{ "name": "a", "limit": 5, "adaptive": { "steps": 0 } }]"#,
            "limit[0].adaptive.steps",
            "from 1 to 6",
        ),
        (r#"[{ "name": "a", "limit": 5, "outage": "half" }]"#, "limit[0].outage", "write `open`"),
        (r#"[{ "name": "a", "limit": 5, "outage": "0%" }]"#, "limit[0].outage", "write `open`"),
        (
            r#"[{ "name": "a", "limit": 5, "tiers": { "gold": { "limit": 0 } } }]"#,
            "limit[0]",
            "more than zero",
        ),
    ] {
        let error = limits(json).unwrap_err();
        assert_eq!(error.key(), Some(key), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    for (json, key) in [
        (r#"{ "memory": 100 }"#, "limits.memory"),
        (r#"{ "headers": "never", "legacy_headers": true }"#, "limits.legacy_headers"),
    ] {
        let config: Config = serde_json::from_str(json).unwrap();
        let error = Limits::new(Config::default().store(Instant::now())).config(&config, &[]).unwrap_err();
        assert_eq!(error.key(), Some(key));
    }
}

#[test]
fn what_clients_are_told_is_read_as_it_is_written() {
    for (text, expected) in
        [("always", Headers::Always), ("refusals", Headers::Refusals), ("never", Headers::Never)]
    {
        let config: Config = serde_json::from_str(&format!("{{ \"headers\": {text:?} }}")).unwrap();
        assert_eq!(config.headers, expected);
        let limits = Limits::new(config.store(Instant::now())).config(&config, &[]).unwrap();
        assert_eq!(limits.telling.headers, expected);
    }
    let error = serde_json::from_str::<Config>(r#"{ "headers": "often" }"#).unwrap_err().to_string();
    assert!(error.contains("`always`, `refusals`, `never`"), "{error}");
}

#[test]
fn a_key_is_read_as_it_is_written() {
    for text in [
        "address",
        "address-24-48",
        "principal",
        "api-key",
        "header-x-tenant",
        "cookie-session",
        "route",
        "all",
        "principal+route",
    ] {
        assert_eq!(text.parse::<crate::Key>().unwrap().to_string(), text);
    }
    for text in ["address-24", "header-", "header-a b", "cookie-", "principal-x", "+", "own"] {
        assert!(text.parse::<crate::Key>().is_err(), "{text}");
    }
}

#[test]
fn a_limit_adapts_where_that_is_said_with_the_settings_that_are_different() {
    let rules = rules(
        r#"[
            { "name": "a", "limit": 5 },
            { "name": "b", "limit": 5, "adaptive": true },
            { "name": "c", "limit": 5, "adaptive": false },
            { "name": "d", "limit": 5, "adaptive": { "steps": 2 } }
        ]"#,
    );
    let two = AdaptiveConfig { steps: 2, ..AdaptiveConfig::default() };
    let expected = [None, Some(AdaptiveConfig::default()), None, Some(two)];
    assert!(rules.iter().map(|rule| &rule.adaptive).eq(&expected));
    // What is written is read again.
    let written = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Vec<RuleConfig>>(&written).unwrap(), rules);
    assert!(serde_json::from_str::<RuleConfig>(r#"{ "name": "a", "limit": 5, "adaptive": 3 }"#).is_err());
}

#[cfg(feature = "redis")]
#[test]
fn a_redis_that_is_shared_is_told_without_showing_secrets() {
    let config =
        |redis: &str| -> Config { serde_json::from_str(&format!("{{ \"redis\": {redis} }}")).unwrap() };
    assert!(Config::default().redis().unwrap().is_none());
    let full = config(
        r#"{ "url": "rediss://me:xyzzy@cache:1", "secret": "xyzzy", "prefix": "{shop}:", "timeout": "20ms", "waiting": 9 }"#,
    );
    assert!(full.redis().unwrap().is_some());
    assert!(!format!("{full:?} {:?}", full.redis()).contains("xyzzy"));
    for (redis, key, reason) in [
        (r#"{ "url": "http://:xyzzy@a" }"#, "limits.redis.url", "redis://"),
        (r#"{ "url": "redis://a" }"#, "limits.redis", "the same on all servers"),
        (r#"{ "url": "redis://:xyzzy@a", "timeout": "0s" }"#, "limits.redis", "up to 5s"),
    ] {
        let error = config(redis).redis().unwrap_err();
        assert_eq!(error.key(), Some(key), "{error}");
        assert!(error.to_string().contains(reason) && !error.to_string().contains("xyzzy"), "{error}");
    }
}

#[cfg(not(feature = "redis"))]
#[test]
fn a_redis_is_refused_by_a_program_that_has_no_part_for_it() {
    let config: Config = serde_json::from_str(r#"{ "redis": { "url": "redis://:secret@a" } }"#).unwrap();
    let error = Limits::new(config.store(Instant::now())).config(&config, &[]).unwrap_err();
    assert_eq!(error.key(), Some("limits.redis"));
}
