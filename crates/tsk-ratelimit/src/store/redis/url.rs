//! Where a server is, without showing what is secret.

use std::fmt;

use percent_encoding::percent_decode_str;

/// Where a server of Redis is: `redis://user:password@host:port/database`, or with TLS at `rediss://…`.
///
/// What is left out is what Redis has it be: port 6379, database 0, the user `default`, no password. In a password, what is
/// not a letter or a digit may have to be written with `%` (RFC 3986 §2.1). It shows its scheme, host and port alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    pub(super) is_secure: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: u32,
}

const PORT: u16 = 6379;

impl Url {
    /// Reads it; `None` where it is none of Redis.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_secure = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return None,
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, place) = authority.rsplit_once('@').map_or((None, authority), |(who, at)| (Some(who), at));
        let (host, port) = match place.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']')?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
            }
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || !host.chars().all(is_host) {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
        let (user, password) = match who.map(|who| who.split_once(':')) {
            None => (None, None),
            Some(Some((user, password))) => (Some(decoded(user)?), Some(decoded(password)?)),
            // A name without a password lets nobody in.
            Some(None) => return None,
        };
        Some(Self {
            is_secure,
            user: user.filter(|user| !user.is_empty()),
            password: password.filter(|password| !password.is_empty()),
            host: host.to_owned(),
            port: port.filter(|port| !port.is_empty()).map_or(Ok(PORT), str::parse).ok()?,
            database: if path.is_empty() { 0 } else { path.parse().ok()? },
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "rediss" } else { "redis" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_taken_apart() {
        let url = Url::parse("rediss://me:p%40ss:w@[::1]:7000/3").unwrap();
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("me"), Some("p@ss:w")));
        assert_eq!((url.is_secure, &*url.host, url.port, url.database), (true, "::1", 7000, 3));
        assert_eq!(url.to_string(), "rediss://[::1]:7000");
        let url = Url::parse("redis://:secret@cache").unwrap();
        assert_eq!((url.user, url.password.as_deref()), (None, Some("secret")));
        assert_eq!((url.is_secure, &*url.host, url.port, url.database), (false, "cache", 6379, 0));
    }

    #[test]
    fn what_is_none_is_refused() {
        for none in [
            "",
            "cache:6379",
            "http://cache",
            "redis://",
            "redis://a:b",
            "redis://a b",
            "redis://[::1]x",
            "redis://me@cache",
            "redis://cache/x",
            "redis://:a/b@cache",
            "redis://cache?x=y",
        ] {
            assert_eq!(Url::parse(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn shows_no_secret(name in "[a-z]{0,5}", password in "[!-~]{0,5}xyzzy[!-~]{0,5}") {
            if let Some(url) = Url::parse(&format!("redis://{name}:{password}@host:80")) {
                prop_assert!(!format!("{url} {url:?}").contains("xyzzy"), "{url}");
            }
        }
    }
}
