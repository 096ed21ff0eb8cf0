//! What is asked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use http::Uri;

/// A server, and where below its root the paths begin: `http://127.0.0.1:8080`, `https://example.com/shop`,
/// `unix:/run/app.sock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) place: Place,
    pub(crate) is_tls: bool,
    /// The value of `Host`.
    pub(crate) authority: String,
    /// What stands before every path; it does not end with a slash.
    prefix: String,
}

/// Where connections go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl Target {
    /// A server's own word for a place that it listens at, as one that can be connected to: `0.0.0.0` is every address
    /// of this machine, of which the loopback is the nearest.
    pub(crate) fn of_listener(text: &str) -> Result<Target, String> {
        let mut target: Target = text.parse()?;
        if let Place::Tcp { host, port } = &mut target.place
            && let Ok(address) = host.parse::<IpAddr>()
            && address.is_unspecified()
        {
            let is_v4 = address.is_ipv4();
            let near: IpAddr = if is_v4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            *host = near.to_string();
            target.authority = std::net::SocketAddr::new(near, *port).to_string();
        }
        Ok(target)
    }

    /// The path of the server for a path below the target.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The path of the target itself.
    pub(crate) fn own_path(&self) -> &str {
        if self.prefix.is_empty() { "/" } else { &self.prefix }
    }

    /// Whether it is certain to be on this machine.
    pub(crate) fn is_local(&self) -> bool {
        match &self.place {
            Place::Unix(_) => true,
            Place::Tcp { host, .. } => is_loopback(host),
        }
    }
}

/// Whether a host is this machine without that anybody is asked.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            let (place, authority) = (Place::Unix(path.into()), "localhost".to_owned());
            return Ok(Target { place, is_tls: false, authority, prefix: String::new() });
        }
        const FORMS: &str = "write http://host:port, https://host or unix:/path";
        let uri: Uri = text.parse().map_err(|_| format!("this is no URL; {FORMS}"))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(format!("the scheme is missing, or is another; {FORMS}")),
        };
        let authority = uri.authority().ok_or_else(|| format!("the host is missing; {FORMS}"))?;
        if authority.as_str().contains('@') {
            return Err("a name and a password go into `--header 'authorization: ..'`".to_owned());
        }
        if uri.query().is_some() {
            return Err("a query goes into `--path`".to_owned());
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = match (authority.port(), is_tls) {
            (Some(port), _) => port.as_u16(),
            (None, true) => 443,
            (None, false) => 80,
        };
        Ok(Target {
            place: Place::Tcp { host: bare.to_owned(), port },
            is_tls,
            authority: authority.to_string(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Tcp { .. } => {
                let scheme = if self.is_tls { "https" } else { "http" };
                write!(f, "{scheme}://{}{}", self.authority, self.prefix)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_target_reads_as_it_is_written() {
        for text in ["http://127.0.0.1:8080", "https://example.com/shop", "http://[::1]:80", "unix:/a.sock"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        let target: Target = "https://example.com/shop/".parse().unwrap();
        assert_eq!((target.path("/cart").as_str(), target.own_path()), ("/shop/cart", "/shop"));
        assert_eq!(target.place, Place::Tcp { host: "example.com".into(), port: 443 });
        let target: Target = "http://[::1]".parse().unwrap();
        assert_eq!((target.path("/").as_str(), target.own_path()), ("/", "/"));
        assert_eq!(target.place, Place::Tcp { host: "::1".into(), port: 80 });
    }

    #[test]
    fn what_is_no_target_is_refused_and_no_password_repeated() {
        for (text, reason) in [
            ("", "no URL"),
            ("localhost:80", "scheme"),
            ("/index.html", "scheme"),
            ("ftp://localhost", "scheme"),
            ("unix:", "scheme"),
            ("http://a/?q=1", "`--path`"),
            ("http://me:secret@a/", "`--header"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.contains(reason) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_listener_at_every_address_is_asked_at_the_nearest() {
        for (listener, target) in [
            ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("https://[::]:443", "https://[::1]:443"),
            ("http://10.0.0.1:80", "http://10.0.0.1:80"),
            ("unix:/run/a.sock", "unix:/run/a.sock"),
        ] {
            assert_eq!(Target::of_listener(listener).unwrap().to_string(), target);
        }
    }
}
