//! The databases and services that settings name, found by the form of the settings: they are URLs.

use std::fmt;

use serde_json::Value;

/// A place that the settings say is somewhere. It shows neither name nor password, path nor query: those may be secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upstream {
    pub(crate) setting: String,
    scheme: String,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The most that are looked at.
const MOST: usize = 100;

/// The ports of schemes that have one.
const PORTS: [(&str, u16); 30] = [
    ("amqp", 5672),
    ("amqps", 5671),
    ("clickhouse", 9000),
    ("elasticsearch", 9200),
    ("ftp", 21),
    ("grpc", 80),
    ("grpcs", 443),
    ("http", 80),
    ("https", 443),
    ("kafka", 9092),
    ("ldap", 389),
    ("ldaps", 636),
    ("mariadb", 3306),
    ("memcached", 11211),
    ("mongodb", 27017),
    ("mqtt", 1883),
    ("mqtts", 8883),
    ("mysql", 3306),
    ("nats", 4222),
    ("otlp", 4317),
    ("pgsql", 5432),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rediss", 6379),
    ("smtp", 25),
    ("smtps", 465),
    ("tls", 4222),
    ("ws", 80),
    ("wss", 443),
];

/// Settings that name what others connect to, or are sent to, and not what the server connects to.
const PASSED_OVER: [&str; 12] = [
    "listen",
    "origin",
    "origins",
    "redirect",
    "redirect_to",
    "to",
    "location",
    "public_url",
    "security_headers",
    "respond",
    "headers",
    "summary",
];

/// Each place that a setting names, wherever it is.
pub(crate) fn find(settings: &Value) -> Vec<Upstream> {
    let mut found = Vec::new();
    walk(settings, String::new(), &mut found);
    found.truncate(MOST);
    found
}

fn walk(value: &Value, setting: String, found: &mut Vec<Upstream>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                if !PASSED_OVER.contains(&key.as_str()) {
                    let setting = if setting.is_empty() { key.clone() } else { format!("{setting}.{key}") };
                    walk(value, setting, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{setting}[{index}]"), found);
            }
        }
        Value::String(text) => parse(&setting, text, found),
        _ => {}
    }
}

/// Reads `scheme://name:password@host:port,host:port/path?query`, and several of them with commas between; what is no
/// such thing is nothing to look at.
fn parse(setting: &str, text: &str, found: &mut Vec<Upstream>) {
    for (at, _) in text.match_indices("://") {
        let before = &text[..at];
        let scheme = before.rsplit_once(',').map_or(before, |(_, scheme)| scheme).trim().to_ascii_lowercase();
        let rest = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(rest) {
            continue;
        }
        let after = &text[at + "://".len()..];
        let (authority, path) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        // A password that is not written as URLs have it, with a slash say: where the host begins is a guess.
        if !authority.contains('@') && authority.contains(':') && path.contains('@') {
            continue;
        }
        // `redis+tls` speaks to the same port; the hosts of `mongodb+srv` are in the domain name system.
        let (family, variant) = scheme.split_once('+').unwrap_or((&scheme, ""));
        if variant == "srv" || variant == "unix" {
            continue;
        }
        let default = PORTS.iter().find(|(name, _)| *name == family).map(|(_, port)| *port);
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        for (host, port) in hosts.split(',').filter_map(|host| host_and_port(host.trim(), default)) {
            found.push(Upstream { setting: setting.to_owned(), scheme: scheme.clone(), host, port });
        }
    }
}

fn host_and_port(text: &str, default: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let port = port.map_or(default, |port| port.parse().ok())?;
    (!host.is_empty() && host.chars().all(is_name)).then(|| (host.to_owned(), port))
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Upstream { scheme, host, port, .. } = self;
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}")
        } else {
            write!(f, "{scheme}://{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        find(&json!({ "x": text })).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_url_is_a_place_with_the_port_of_its_scheme() {
        for (text, places) in [
            ("postgres://app:secret@db.internal/shop?sslmode=require", &["postgres://db.internal:5432"][..]),
            ("redis://:secret@10.0.0.1:6380/0", &["redis://10.0.0.1:6380"]),
            ("https://[::1]/hook/secret", &["https://[::1]:443"]),
            ("HTTP://Example.com", &["http://Example.com:80"]),
            ("redis+tls://cache", &["redis+tls://cache:6379"]),
            ("custom://thing:7000", &["custom://thing:7000"]),
            ("mongodb://u:p@a:1,b/db", &["mongodb://a:1", "mongodb://b:27017"]),
            ("nats://a, nats://b:4223", &["nats://a:4222", "nats://b:4223"]),
        ] {
            assert_eq!(shown(text), places, "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_nothing_to_look_at() {
        for text in [
            "",
            "127.0.0.1:8080",
            "unix:/run/app.sock",
            "custom://thing",
            "file:///etc/passwd",
            "mongodb+srv://u:p@cluster.example.com",
            "default-src https://cdn.example.com",
            "https://a.example is a site",
            "https://host:port",
            "https://host:65536",
            "postgres://u:12/3@db",
            "://",
            "1http://a",
        ] {
            assert_eq!(shown(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn it_is_found_in_any_section_and_not_where_nobody_connects() {
        let settings = json!({
            "http": { "listen": ["http://a"], "cors": { "origins": ["https://b"] } },
            "shop": { "search": { "hosts": ["http://c:1", "http://d:2"] } },
            "route": [{ "path": "/old", "redirect": "https://e", "summary": "http://g" }, { "proxy": "http://f" }],
        });
        let mut found: Vec<_> = find(&settings).into_iter().map(|upstream| upstream.setting).collect();
        found.sort();
        assert_eq!(found, ["route[1].proxy", "shop.search.hosts[0]", "shop.search.hosts[1]"]);
    }

    #[test]
    fn no_more_are_looked_at_than_there_is_time_for() {
        let many: Vec<_> = (0..1000).map(|port| format!("http://a:{port}")).collect();
        assert_eq!(find(&json!({ "x": many })).len(), MOST);
    }

    proptest! {
        #[test]
        fn a_password_is_never_shown(
            scheme in "[a-z]{1,9}", name in "[a-z]{0,5}", password in "[!-~]{0,5}SECRET[!-~]{0,5}",
            host in "[a-z]{1,9}", path in "(/[a-z]{0,5})?",
        ) {
            for shown in shown(&format!("{scheme}://{name}:{password}@{host}:80{path}")) {
                prop_assert!(!shown.contains("SECRET"), "{}", shown);
            }
        }

        #[test]
        fn no_text_is_too_strange_to_look_at(text in "\\PC{0,40}(://)?\\PC{0,40}") {
            let _ = shown(&text);
        }
    }
}
