//! For whom a proxy speaks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

use crate::{Network, Peer};

/// The proxies that are trusted, and the header in which they say for whom they speak.
///
/// What such a header says is read from the right, where each proxy adds whom it heard from, and as far as those are
/// trusted: the first address that is not is the client's. What is further left anybody may have written. Nothing is
/// trusted unless it is named here.
///
/// ```
/// use tsk_core::{Peer, Proxies, proxies::Forwarding};
///
/// let networks = vec!["10.0.0.0/8".parse()?];
/// let proxies = Proxies { networks, local: false, header: Forwarding::XForwardedFor };
/// let peer = Peer::from(std::net::SocketAddr::from(([10, 0, 0, 1], 4711)));
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-forwarded-for", "127.0.0.1, 192.0.2.7, 10.0.0.2".parse().unwrap());
/// assert_eq!(proxies.client(peer, &headers), Some([192, 0, 2, 7].into()));
/// # Ok::<(), tsk_core::network::NetworkError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// Whether whoever connects to a Unix socket of this service is one, as its file says who may.
    pub local: bool,
    /// Where they say for whom they speak.
    pub header: Forwarding,
}

/// The header in which proxies say for whom they speak. One that they do not write themselves is not to be read, as their
/// clients can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forwarding {
    /// `X-Forwarded-For`, as most of them write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// None: they pass on connections, not requests.
    None,
}

/// More proxies in a row than there are anywhere: who names more names none.
const MOST: usize = 32;

impl Proxies {
    /// Whether it is one of them.
    pub fn trust(&self, peer: Peer) -> bool {
        self.header != Forwarding::None && peer.ip().map_or(self.local, |address| self.has(address))
    }

    /// The address of the client that a request comes from, if it has one: that of the peer, unless this is trusted, and says
    /// whom it speaks for. Where what it says is no address, such as `unknown`, it is the last that is trusted.
    pub fn client(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer.ip();
        if !self.trust(peer) {
            return client;
        }
        let is_standard = self.header == Forwarding::Forwarded;
        let name = if is_standard { &header::FORWARDED } else { &X_FORWARDED_FOR };
        let values = headers.get_all(name).iter().rev().map(HeaderValue::as_bytes);
        // An element may be empty, and does not count then (RFC 9110 §5.6.1).
        let elements = values.flat_map(|value| pieces(value, b',')).filter(|element| !element.is_empty());
        for element in elements.take(MOST) {
            let node = if is_standard { node(element) } else { Some(element) };
            let Some(address) = node.and_then(address) else { break };
            client = Some(address);
            if !self.has(address) {
                break;
            }
        }
        client
    }

    fn has(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

const X_FORWARDED_FOR: header::HeaderName = header::HeaderName::from_static("x-forwarded-for");

/// The pieces of a text, from the right. A separator within a quoted string is none: what is quoted is told from the right as
/// well, so that a quote that is never closed takes in nothing of what a proxy has added behind it.
fn pieces(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let split = text.iter().enumerate().rposition(|(at, byte)| {
            let escapes = || text[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            is_quoted ^= *byte == b'"' && escapes().is_multiple_of(2);
            *byte == separator && !is_quoted
        });
        rest = split.map(|at| &text[..at]);
        Some(text[split.map_or(0, |at| at + 1)..].trim_ascii())
    })
}

/// Whom an element of `Forwarded` is for (RFC 7239 §4).
fn node(element: &[u8]) -> Option<&[u8]> {
    let value = pieces(element, b';').find_map(|pair| {
        let (name, value) = pair.split_at_checked(4)?;
        name.eq_ignore_ascii_case(b"for=").then_some(value)
    })?;
    let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    Some(unquoted.unwrap_or(value))
}

/// An address, which may have a port (RFC 7239 §6).
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let address = match text.strip_prefix('[') {
        Some(text) => text.split_once(']')?.0.parse::<Ipv6Addr>().ok()?.into(),
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => address.parse::<Ipv4Addr>().ok()?.into(),
            _ => text.parse::<IpAddr>().ok()?,
        },
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
