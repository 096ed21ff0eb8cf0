//! What of a setting is not shown.

use serde_json::Value;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Parts of a name, each of which says that a secret is meant.
const SECRET: [&str; 14] = [
    "authorization",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "api_key",
    "private_key",
    "access_key",
];

/// What a name ends with that is about a secret and none itself.
const ABOUT: [&str; 22] = [
    "age",
    "algorithm",
    "cookie",
    "count",
    "dir",
    "directory",
    "enabled",
    "endpoint",
    "expiry",
    "field",
    "file",
    "header",
    "issuer",
    "length",
    "lifetime",
    "limit",
    "name",
    "path",
    "timeout",
    "ttl",
    "type",
    "url",
];

/// Whether the value of a key with this name is a secret: `database_password`, `apiKey`, and not `password_file`.
pub(super) fn is_name(name: &str) -> bool {
    let mut words = String::from("_");
    let mut last = '_';
    for c in name.chars() {
        if c.is_uppercase() && last.is_lowercase() {
            words.push('_');
        }
        words.extend(if c.is_alphanumeric() { c.to_lowercase().next() } else { Some('_') });
        last = c;
    }
    words.push('_');
    let has = |word: &str| words.contains(&format!("_{word}_"));
    let is_about = ABOUT.iter().any(|word| words.ends_with(&format!("_{word}_")));
    // As one word too.
    let is_secret =
        SECRET.iter().any(|word| has(word)) || has("apikey") || has("privatekey") || has("secretkey");
    is_secret && !is_about
}

/// Whether a table with this name has header fields of requests to others: each service has its own name for the secret.
pub(super) fn has_fields(name: &str) -> bool {
    name == "headers"
}

/// Hides in `value` what is secret: all of its texts, or what within them looks it.
pub(super) fn redact(value: &mut Value, is_secret: bool) {
    match value {
        Value::String(text) if is_secret && !text.is_empty() => *text = HIDDEN.to_owned(),
        Value::String(text) => *text = parameters(&users(text)),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, is_secret)),
        Value::Object(keys) => {
            for (key, value) in keys {
                let are_fields = has_fields(key) && value.is_object();
                redact(value, is_secret || are_fields || is_name(key));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides the password in every URL within a text; where there is but one word before the `@`, that.
fn users(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + 3) {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>,".contains(c)).unwrap_or(rest.len());
        let url = &rest[..end];
        let authority = url.find(['/', '?', '#']).unwrap_or(url.len());
        // A password may hold what belongs into no authority, and looks like the port and path of a host then. Rather one
        // path too many is hidden.
        let is_cut = !url.starts_with('[') && url[..authority].contains(':');
        // There the path is the secret.
        if url[..authority] == *"hooks.slack.com" {
            shown.push_str("hooks.slack.com/");
            shown.push_str(HIDDEN);
            rest = &rest[end..];
            continue;
        }
        let part = if is_cut { url } else { &url[..authority] };
        if let Some(at) = part.rfind('@') {
            let user = part[..at].split_once(':').map(|(user, _)| user);
            if let Some(user) = user {
                shown.push_str(user);
                shown.push(':');
            }
            shown.push_str(HIDDEN);
            rest = &rest[at..];
        }
    }
    shown.push_str(rest);
    shown
}

/// Hides the values of secret names in `name=value`, as they are in the query of a URL and in what libpq takes.
fn parameters(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "&;?#".contains(c);
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(is_end) {
        let word = part.trim_end_matches(is_end);
        match word.split_once('=') {
            Some((name, value)) if !value.is_empty() && is_name(name) => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(HIDDEN);
            }
            _ => shown.push_str(word),
        }
        shown.push_str(&part[word.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_tells_a_secret() {
        for name in [
            "password",
            "db_password",
            "DB-PASSWORD",
            "clientSecret",
            "client_secret",
            "token",
            "api_key",
            "apikey",
            "apiKey",
            "private_key",
            "credentials",
            "secret_key_base",
            "access_key",
            "password_hash",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "key",
            "path",
            "private_key_file",
            "token_path",
            "token_lifetime",
            "tokenizer",
            "passwords_url",
            "monkey",
            "secretary",
            "csrf_token_header",
            "certificate",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_user_of_a_url_is_hidden() {
        for (text, shown) in [
            ("redis://user:pass@host:6379/0", "redis://user:***@host:6379/0"),
            ("redis://:pass@host", "redis://:***@host"),
            ("https://token@host/path", "https://***@host/path"),
            ("a://u:p@h, b://v:q@i", "a://u:***@h, b://v:***@i"),
            ("postgres://u:p@ss@host/db", "postgres://u:***@host/db"),
            ("postgres://u:p/s?s@host/db", "postgres://u:***@host/db"),
            ("https://host:8080/@user", "https://host:***@user"),
            ("https://host:8080/user", "https://host:8080/user"),
            ("https://[::1]:8080/@user", "https://[::1]:8080/@user"),
            ("https://host/a@b", "https://host/a@b"),
            ("user@host", "user@host"),
            ("https://hooks.slack.com/services/T0/B0/xyz, a", "https://hooks.slack.com/***, a"),
            ("postgres://h/db?user=u&password=p&x=1", "postgres://h/db?user=u&password=***&x=1"),
            ("host=h password=p dbname=d", "host=h password=*** dbname=d"),
            ("max-age=31536000", "max-age=31536000"),
        ] {
            let mut value = json!([text]);
            redact(&mut value, false);
            assert_eq!(value, json!([shown]), "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_no_secret() {
        let mut value =
            json!({ "token": { "value": "x", "size": 8 }, "name": "y", "password": "", "list": ["z"] });
        redact(&mut value, false);
        let mut headers = json!({ "headers": { "x-team": "k" }, "other": { "headers": ["x-team"] } });
        redact(&mut headers, false);
        assert_eq!(headers, json!({ "headers": { "x-team": "***" }, "other": { "headers": ["x-team"] } }));
        let shown =
            json!({ "token": { "value": "***", "size": 8 }, "name": "y", "password": "", "list": ["z"] });
        assert_eq!(value, shown);
    }

    proptest! {
        #[test]
        fn no_password_of_a_url_is_shown(user in "[a-z]{0,5}", password in "[a-z0-9:/?#@%!=&]{0,9}xyzzy", after in "(/[a-z]{0,3})?") {
            let mut value = json!(format!("redis://{user}:{password}@host{after}"));
            redact(&mut value, false);
            let shown = value.to_string();
            prop_assert!(!shown.contains("xyzzy"), "{}", shown);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), before in "[a-z]{0,3}://[a-z:@/]{0,9}", is_secret: bool) {
            redact(&mut json!(text.clone() + &before + &text), is_secret);
        }
    }
}
