//! Whose pages may open a socket.
//!
//! A browser opens a socket to any site for any page, and sends the cookies of that site along. All it does against that is
//! to say whose page it is (RFC 6455 §10.2).

use http::{HeaderMap, Uri, header};

use crate::Error;

/// The origins whose pages may open a socket besides those of the service itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    named: Vec<Box<str>>,
    any: bool,
}

impl Origins {
    pub(crate) fn new(names: &[String]) -> Result<Self, Error> {
        let mut origins = Self::default();
        for name in names {
            match name.as_str() {
                "*" => origins.any = true,
                name if is_origin(name) => origins.named.push(name.into()),
                name => {
                    let message = format!(
                        "{name:?} is no origin: write it as browsers do, such as \"https://app.example.com\", or \"*\" for all"
                    );
                    return Err(Error::setting("ws.origins", message));
                }
            }
        }
        Ok(origins)
    }

    /// Whether whoever asks may open a socket. A program that is no browser does not say whose page it is, and may.
    pub(crate) fn admit(&self, uri: &Uri, headers: &HeaderMap, is_secure: bool) -> bool {
        let mut values = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = values.next() else { return true };
        let (None, Ok(origin)) = (values.next(), origin.to_str()) else { return false };
        self.any
            || self.named.iter().any(|named| **named == *origin)
            || is_own(origin, uri, headers, is_secure)
    }
}

/// Whether an origin is that of the request's own host. Over TLS it is that of `https` alone: a page over plain HTTP can be
/// anybody's. Without TLS nobody can tell, as it may end at a proxy.
fn is_own(origin: &str, uri: &Uri, headers: &HeaderMap, is_secure: bool) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => authority.as_str(),
        (None, Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return false,
    };
    let (there, port) = match origin.split_once("://") {
        Some(("https", there)) => (there, ":443"),
        Some(("http", there)) if !is_secure => (there, ":80"),
        _ => return false,
    };
    !host.is_empty() && there.eq_ignore_ascii_case(host.strip_suffix(port).unwrap_or(host))
}

fn is_origin(name: &str) -> bool {
    let rest = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"));
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]_".contains(&byte);
    rest.is_some_and(|host| !host.is_empty() && host.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;

    use super::*;

    fn admits(named: &[&str], origin: &str, host: &'static str, is_secure: bool) -> bool {
        let named: Vec<_> = named.iter().map(|&name| name.into()).collect();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        Origins::new(&named).unwrap().admit(&Uri::from_static("/"), &headers, is_secure)
    }

    #[test]
    fn pages_of_the_service_may_open_a_socket() {
        assert!(admits(&[], "https://a.test", "a.test", true));
        assert!(admits(&[], "https://a.test", "A.test:443", true));
        assert!(admits(&[], "http://localhost:3000", "localhost:3000", false));
        assert!(admits(&[], "https://a.test", "a.test", false));
    }

    #[test]
    fn pages_of_others_may_not() {
        for origin in [
            "null",
            "https://b.test",
            "https://a.test.b.test",
            "https://a.test:8443",
            "ftp://a.test",
            "a.test",
            "",
        ] {
            assert!(!admits(&[], origin, "a.test", false), "{origin}");
        }
        assert!(!admits(&[], "http://a.test", "a.test", true));
        assert!(!admits(&["https://b.test"], "http://b.test", "a.test", true));
    }

    #[test]
    fn those_that_are_named_may() {
        assert!(admits(&["https://b.test"], "https://b.test", "a.test", true));
        assert!(admits(&["*"], "null", "a.test", true));
    }

    #[test]
    fn two_origins_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::ORIGIN, HeaderValue::from_static("https://a.test"));
        headers.append(header::ORIGIN, HeaderValue::from_static("https://a.test"));
        headers.insert(header::HOST, HeaderValue::from_static("a.test"));
        assert!(!Origins::default().admit(&Uri::from_static("/"), &headers, true));
    }

    #[test]
    fn who_is_no_browser_says_nothing() {
        assert!(Origins::default().admit(&Uri::from_static("/"), &HeaderMap::new(), true));
    }

    #[test]
    fn what_is_no_origin_is_a_mistake() {
        for name in ["a.test", "https://", "https://a.test/", "https://A.test", "ws://a.test", "null"] {
            let error = Origins::new(&[name.into()]).unwrap_err();
            assert_eq!(error.key(), Some("ws.origins"), "{name}");
        }
    }
}
