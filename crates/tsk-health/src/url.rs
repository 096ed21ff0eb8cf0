//! Where something is, without showing what may be secret.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// The URL of a service: `postgres://me:secret@db.internal/shop`. It shows its scheme, host and port alone, as names,
/// passwords, paths and queries may be secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Url(String);

/// What a URL consists of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts<'u> {
    pub(crate) scheme: &'u str,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// Without brackets.
    pub(crate) host: &'u str,
    pub(crate) port: Option<u16>,
    /// From the slash on, without query and fragment.
    pub(crate) path: &'u str,
}

impl Url {
    /// As it was written, secrets included.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Takes it apart (RFC 3986 §3); `None` where it is none. In a password, slashes, `?` and `#` have to be encoded; behind
    /// the host, `@` has to be.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        let (scheme, rest) = self.0.split_once("://")?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // A password that has a slash in it is read as the port and the path: where the host begins is a guess.
        if after.contains('@') {
            return None;
        }
        let path = &after[..after.find(['?', '#']).unwrap_or(after.len())];
        let (user_info, place) =
            authority.rsplit_once('@').map_or((None, authority), |(user, place)| (Some(user), place));
        let (host, port) = match place.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']')?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
            }
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if !is_scheme || host.is_empty() || !host.chars().all(is_host) {
            return None;
        }
        let port = port.filter(|port| !port.is_empty()).map(str::parse).transpose().ok()?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) =
            match user_info.map(|info| info.split_once(':').map_or((info, None), |(u, p)| (u, Some(p)))) {
                Some((user, password)) => {
                    (Some(decoded(user)).filter(|user| !user.is_empty()), password.map(decoded))
                }
                None => (None, None),
            };
        Some(Parts { scheme, user, password, host, port, path })
    }
}

impl From<String> for Url {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Url {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Parts { scheme, host, port, .. }) = self.parts() else { return f.write_str("***") };
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{host}{close}")?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is shown to nobody: `Debug` writes `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_taken_apart() {
        let url = Url::from("postgres://me:p%40ss:w@[::1]:5432/shop?sslmode=require");
        let parts = url.parts().unwrap();
        assert_eq!((parts.user.as_deref(), parts.password.as_deref()), (Some("me"), Some("p@ss:w")));
        assert_eq!(
            (parts.scheme, parts.host, parts.port, parts.path),
            ("postgres", "::1", Some(5432), "/shop")
        );
        let url = Url::from("redis://:secret@cache");
        let parts = url.parts().unwrap();
        assert_eq!((parts.user, parts.password.as_deref(), parts.port), (None, Some("secret"), None));
        for none in ["", "cache:6379", "redis://", "redis://a:b", "://a", "redis://a b", "redis://[::1]x"] {
            assert_eq!(Url::from(none).parts(), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn shows_no_secret(
            scheme in "[a-z]{1,9}", name in "[a-z]{0,5}", password in "[!-~]{0,5}xyzzy[!-~]{0,5}",
            after in "(/[a-z]{0,3}xyzzy)?(\\?key=xyzzy)?",
        ) {
            let url = Url::from(format!("{scheme}://{name}:{password}@host:80{after}"));
            prop_assert!(!format!("{url} {url:?}").contains("xyzzy"), "{url}");
        }
    }
}
