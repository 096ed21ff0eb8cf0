//! What a server is asked for.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::Error;
use crate::handshake::is_token;

/// What a server is asked for: a URL, and what is said with it.
///
/// ```
/// use http::{HeaderValue, header};
/// use tsk_ws::client::Request;
///
/// let request = Request::new("wss://news.example.com/live?topic=tides")?
///     .bearer("…")?
///     .header(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de"))?
///     .protocol("news.v2")?;
/// # Ok::<(), tsk_ws::client::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    target: Target,
    protocols: Vec<Box<str>>,
    headers: HeaderMap,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// Whether TLS is spoken: the scheme is `wss`.
    pub is_secure: bool,
    /// The name of the server, or its address; of IPv6 without brackets.
    pub host: Box<str>,
    /// The port.
    pub port: u16,
    /// As `Host` says it: the port is in it where it was in the URL.
    authority: HeaderValue,
    path: Box<str>,
}

impl Target {
    /// The path that is asked for, and the query.
    pub fn path_and_query(&self) -> &str {
        &self.path
    }

    /// Reads a URL (RFC 6455 §3).
    fn read(url: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::setting(format!("`{}` {what}", shown(url)));
        if url.contains('#') {
            return Err(wrong("has a fragment, which sockets have none of: leave it out"));
        }
        let uri: Uri =
            url.parse().map_err(|_| wrong("is no URL: write one such as `wss://example.com/socket`"))?;
        let is_secure = match uri.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case("wss") => true,
            Some(scheme) if scheme.eq_ignore_ascii_case("ws") => false,
            _ => return Err(wrong("has to begin with `wss://` or `ws://`")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("names no server"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("has a name and a password in it: send them in a header"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        // A port that is none, or too large, is in the authority, and yet not a port of it.
        let has_port = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(port) if port != 0 => port,
            None if !has_port => {
                if is_secure {
                    443
                } else {
                    80
                }
            }
            _ => return Err(wrong("has no port behind its colon: there are 1 to 65535")),
        };
        if host.is_empty() {
            return Err(wrong("names no server"));
        }
        Ok(Self {
            is_secure,
            host: host.into(),
            port,
            authority: HeaderValue::from_str(authority.as_str()).expect("an authority is a value of a field"),
            path: match uri.path_and_query().map_or("/", |path| path.as_str()) {
                query if query.starts_with('?') => format!("/{query}").into(),
                path => path.into(),
            },
        })
    }
}

/// A URL as it may be in a message: without its query, which may have secrets, nor who is calling.
fn shown(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    if url.contains('@') { url.split("://").next().unwrap_or_default() } else { url }
}

impl Request {
    /// Asks for a socket at a URL.
    ///
    /// # Errors
    ///
    /// A URL that is no absolute one of the scheme `ws` or `wss`, or that has a fragment or somebody's name in it.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self { target: Target::read(url)?, protocols: Vec::new(), headers: HeaderMap::new() })
    }

    /// Says something more. What there is of that name already stays; `Host` takes the place of that of the URL.
    ///
    /// # Errors
    ///
    /// A field that the handshake itself writes.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Result<Self, Error> {
        let is_taken =
            [header::CONNECTION, header::UPGRADE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        if is_taken.contains(&name) || name.as_str().starts_with("sec-websocket-") {
            return Err(Error::setting(format!("`{name}` is a field of the handshake itself: leave it out")));
        }
        if name == header::HOST {
            self.headers.insert(name, value);
        } else {
            self.headers.append(name, value);
        }
        Ok(self)
    }

    /// Shows a bearer token (RFC 6750).
    ///
    /// # Errors
    ///
    /// A token that cannot be in a header.
    pub fn bearer(mut self, token: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value =
            value.map_err(|_| Error::setting("the token has something in it that a header cannot have"))?;
        value.set_sensitive(true);
        self.headers.insert(header::AUTHORIZATION, value);
        Ok(self)
    }

    /// Offers a subprotocol, besides those offered before, which are preferred. [`Meta::protocol`](crate::Meta::protocol) of the
    /// socket has the one that the server chose; it may choose none.
    ///
    /// # Errors
    ///
    /// What is no name of one (RFC 6455 §4.1), or offered already.
    pub fn protocol(mut self, name: &str) -> Result<Self, Error> {
        if !is_token(name) {
            return Err(Error::setting(format!("{name:?} is no name of a subprotocol")));
        }
        if self.protocols.iter().any(|offered| **offered == *name) {
            return Err(Error::setting(format!("the subprotocol `{name}` is offered twice")));
        }
        self.protocols.push(name.into());
        Ok(self)
    }

    /// Where the server is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn protocols(&self) -> &[Box<str>] {
        &self.protocols
    }

    /// The head of the request, with a key, and what is offered of extensions.
    pub(super) fn head(&self, key: &str, extensions: Option<&HeaderValue>) -> Vec<u8> {
        let Self { target, protocols, headers } = self;
        let mut head = format!("GET {} HTTP/1.1\r\n", target.path).into_bytes();
        let mut field = |name: &str, value: &[u8]| {
            for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
                head.extend_from_slice(piece);
            }
        };
        if !headers.contains_key(header::HOST) {
            field("Host", target.authority.as_bytes());
        }
        field("Connection", b"Upgrade");
        field("Upgrade", b"websocket");
        field("Sec-WebSocket-Version", b"13");
        field("Sec-WebSocket-Key", key.as_bytes());
        if !protocols.is_empty() {
            field("Sec-WebSocket-Protocol", protocols.join(", ").as_bytes());
        }
        if let Some(extensions) = extensions {
            field("Sec-WebSocket-Extensions", extensions.as_bytes());
        }
        for (name, value) in headers {
            field(name.as_str(), value.as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_url_says_where_and_what() {
        for (url, is_secure, host, port, authority, path) in [
            ("ws://a.test", false, "a.test", 80, "a.test", "/"),
            ("wss://a.test:8443/b?c=d", true, "a.test", 8443, "a.test:8443", "/b?c=d"),
            ("WSS://a.test?c", true, "a.test", 443, "a.test", "/?c"),
            ("ws://[::1]:9/", false, "::1", 9, "[::1]:9", "/"),
            ("ws://[::1]/", false, "::1", 80, "[::1]", "/"),
        ] {
            let target = Target::read(url).unwrap();
            assert_eq!((target.is_secure, &*target.host, target.port), (is_secure, host, port), "{url}");
            assert_eq!(
                (target.authority.to_str().unwrap(), target.path_and_query()),
                (authority, path),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_url_of_a_socket_is_refused_without_its_secrets() {
        for url in [
            "",
            "a.test",
            "/b",
            "http://a.test/",
            "ws://",
            "ws://a.test/#b",
            "ws://a.test:0/",
            "ws://a.test:/",
            "ws://a.test:70000/",
        ] {
            assert!(Request::new(url).unwrap_err().is_setting(), "{url}");
        }
        let error = Request::new("ws://ada:secret@a.test/?token=secret").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        let error = Request::new("http://a.test/?token=secret").unwrap_err().to_string();
        assert_eq!(error, "`http://a.test/` has to begin with `wss://` or `ws://`");
    }

    #[test]
    fn what_the_handshake_writes_is_written_by_nobody_else() {
        let request = || Request::new("ws://a.test/").unwrap();
        for name in ["connection", "upgrade", "sec-websocket-key", "sec-websocket-protocol", "content-length"]
        {
            let name = HeaderName::from_static(name);
            assert!(request().header(name.clone(), HeaderValue::from_static("x")).is_err(), "{name}");
        }
        for name in ["", "a b", "a,b"] {
            assert!(request().protocol(name).is_err(), "{name}");
        }
        assert!(request().protocol("a").unwrap().protocol("a").is_err());
        assert!(request().bearer("a\nb").is_err());
    }

    #[test]
    fn the_head_is_that_of_the_rfc() {
        let request = Request::new("ws://a.test:81/b?c").unwrap();
        let request = request.protocol("x").unwrap().protocol("y").unwrap().bearer("t").unwrap();
        let head = String::from_utf8(request.head("key", Some(&HeaderValue::from_static("e")))).unwrap();
        assert_eq!(
            head,
            "GET /b?c HTTP/1.1\r\nHost: a.test:81\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: key\r\nSec-WebSocket-Protocol: x, y\r\n\
             Sec-WebSocket-Extensions: e\r\nauthorization: Bearer t\r\n\r\n"
        );
        let named = Request::new("ws://10.0.0.1/").unwrap();
        let named = named.header(header::HOST, HeaderValue::from_static("b.test")).unwrap();
        let head = String::from_utf8(named.head("key", None)).unwrap();
        assert!(head.contains("\r\nhost: b.test\r\n") && !head.contains("10.0.0.1"), "{head}");
    }
}
