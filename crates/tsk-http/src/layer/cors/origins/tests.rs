#![allow(clippy::unwrap_used)]

use super::*;

fn origins(list: &[&str]) -> Result<Option<Origins>, String> {
    Origins::new(&list.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// What is said to a request of `origin`, where `list` is allowed.
fn said(list: &[&str], origin: &'static str) -> Option<String> {
    let origins = origins(list).unwrap().unwrap();
    let grant = origins.grant(Some(&HeaderValue::from_static(origin)))?;
    Some(origins.value(&grant).unwrap().to_str().unwrap().to_owned())
}

#[test]
fn an_origin_is_allowed_as_it_is_listed() {
    let list =
        ["https://b.example", "https://a.example", "http://localhost:5173", "app://tsk", "http://[::1]:8080"];
    for origin in
        ["https://a.example", "https://b.example", "http://localhost:5173", "app://tsk", "http://[::1]:8080"]
    {
        assert_eq!(said(&list, origin).as_deref(), Some(origin));
    }
    for stranger in [
        "http://a.example",
        "https://a.example:8443",
        "https://a.example.evil",
        "https://xa.example",
        "https://A.example",
        "https://a.example/",
        "null",
        "",
    ] {
        assert_eq!(said(&list, stranger), None, "{stranger}");
    }
}

#[test]
fn a_pattern_allows_the_names_below_it_and_no_others() {
    let list = ["https://*.example.com", "https://*.example.org:8443"];
    for origin in ["https://a.example.com", "https://x-1.a_b.example.com", "https://a.example.org:8443"] {
        assert_eq!(said(&list, origin).as_deref(), Some(origin));
    }
    for stranger in [
        "https://example.com",
        "https://.example.com",
        "https://a..example.com",
        "https://aexample.com",
        "http://a.example.com",
        "https://a.example.com:8443",
        "https://a.example.org",
        "https://evil.test/.example.com",
        "https://evil.test:1.example.com",
        "https://evil.test@a.example.com",
        "https://evil.test?.example.com",
        "https://a.example.com.evil.test",
        "https://*.example.com",
        "null",
    ] {
        assert_eq!(said(&list, stranger), None, "{stranger}");
    }
}

#[test]
fn null_is_allowed_where_it_is_listed_alone() {
    assert_eq!(said(&["null"], "null").as_deref(), Some("null"));
    assert_eq!(said(&["https://a.example"], "null"), None);
}

#[test]
fn everybody_is_told_the_same_and_so_is_who_does_not_say() {
    assert_eq!(said(&["*"], "https://a.example").as_deref(), Some("*"));
    assert_eq!(origins(&["*"]).unwrap().unwrap().grant(None), Some(Grant::Any));
    assert!(origins(&[]).unwrap().is_none());
}

#[test]
fn an_origin_that_no_browser_sends_is_a_fault() {
    for (text, reason) in [
        ("a.example", "scheme"),
        ("", "scheme"),
        ("://a", "scheme"),
        ("https://", "host"),
        ("https://a b", "host"),
        ("https://.a.example", "host"),
        ("https://a.example/", "slash"),
        ("https://a.example/path", "slash"),
        ("https://user@a.example", "slash"),
        ("https://A.example", "lower case"),
        ("https://ä.example", "Punycode"),
        ("https://a.example:443", "443"),
        ("http://a.example:80", "80"),
        ("https://a.example:0", "port"),
        ("https://a.example:099", "port"),
        ("https://a.example:65536", "port"),
        ("https://a.example:", "port"),
        ("https://a.*.example", "star"),
        ("http://*.a.example", "star"),
        ("https://*a.example.com", "star"),
        ("https://*", "star"),
        ("https://*.com", "top-level"),
        ("https://*.a.*.example", "star"),
    ] {
        let error = origins(&[text]).unwrap_err();
        assert!(error.contains(reason) && error.contains(&format!("{text:?}")), "{text}: {error}");
    }
    assert!(origins(&["*", "https://a.example"]).unwrap_err().contains("every origin"));
}
