#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_reference_is_what_the_catalogue_says() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/metrics.md"));
    let advice = "docs/reference/metrics.md is not what the catalogue says; write it with `cargo xtask docs`";
    assert!(page == reference(), "{advice}");
}

#[test]
fn names_are_as_prometheus_wants_them() {
    let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
    for metric in ALL {
        let Metric { name, kind, unit, labels, help, .. } = metric;
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert_eq!(name.ends_with("_info"), *kind == Kind::Info, "{name}");
        let base = name.strip_suffix("_total").unwrap_or(name);
        for known in ["seconds", "bytes"] {
            assert_eq!(base.contains(known), *unit == Some(known), "{name}");
        }
        assert!(
            unit.is_none_or(|unit| base.ends_with(&format!("_{unit}")) || base.contains(&format!("_{unit}")))
        );
        assert!(help.ends_with('.'), "{name}");
        assert!(!labels.contains(&"le") && !labels.contains(&"quantile"), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len(), "a name is there twice");
}
