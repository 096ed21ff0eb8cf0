//! Of whom so much is allowed: what tells one account of a rule from another.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use tsk_core::Head;

use crate::{Account, Scope, explain::Unclear};

mod address;
mod parts;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use self::address::Near;

/// What tells one account of a rule from another: an address, a principal, a header, or several such parts together.
///
/// **Where a request lacks a part, the client's address stands in for it**, told apart from every value that the part could
/// have. So nobody gets away by leaving something out, and nobody shares an account with strangers. Those who come without
/// an address, by a Unix socket or in process, are one.
///
/// ```
/// use tsk_ratelimit::Key;
///
/// // An account for each principal on each route.
/// let key = Key::principal().and(Key::route());
/// assert_eq!(key.to_string(), "principal+route");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Key(Vec<Part>);

/// One part of a key.
#[derive(Clone)]
pub(crate) enum Part {
    /// The client's address, as far as so many bits of IPv4 and of IPv6.
    Address(u8, u8),
    Principal,
    ApiKey,
    Header(HeaderName),
    Cookie(Box<str>),
    Route,
    Constant,
    Own(&'static str, Arc<dyn Fn(Head<'_>) -> Option<String> + Send + Sync>),
}

/// The length of the prefix of IPv6 that one subscriber has (RFC 6177).
const SUBSCRIBER: u8 = 64;

impl Key {
    /// The client's address: a whole one of IPv4, and a /64 of IPv6, as every subscriber has at least so many (RFC 6177).
    ///
    /// It is that of the connection, unless it comes from a proxy that is trusted.
    pub fn address() -> Self {
        Self::network(32, SUBSCRIBER)
    }

    /// The client's address, as far as so many bits of IPv4 and of IPv6: of all in a /24, say.
    pub fn network(v4: u8, v6: u8) -> Self {
        Self(vec![Part::Address(v4.min(32), v6.min(128))])
    }

    /// Who is calling, as authentication says.
    pub fn principal() -> Self {
        Self(vec![Part::Principal])
    }

    /// Who is calling, if it is the holder of an API key that authentication has looked at. For one that nobody has looked at,
    /// a [`header`](Self::header) would do, but whoever invents keys gets an account for each.
    pub fn api_key() -> Self {
        Self(vec![Part::ApiKey])
    }

    /// The value of a header; that of the first, where it comes several times. Whoever invents values gets an account for
    /// each, so this is for headers that a client cannot choose, or beside a limit of addresses.
    pub fn header(name: HeaderName) -> Self {
        Self(vec![Part::Header(name)])
    }

    /// The value of a cookie, of which the same is true as of a [`header`](Self::header).
    pub fn cookie(name: impl Into<Box<str>>) -> Self {
        Self(vec![Part::Cookie(name.into())])
    }

    /// The route, where a rule is for several: without it they share an account.
    pub fn route() -> Self {
        Self(vec![Part::Route])
    }

    /// The same for everybody: one account.
    pub fn constant() -> Self {
        Self(vec![Part::Constant])
    }

    /// What a function says, which has a name for those who read of it. It must neither block nor panic. It is asked after
    /// authentication, so that it can read the principal.
    pub fn own(name: &'static str, key: impl Fn(Head<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(vec![Part::Own(name, Arc::new(key))])
    }

    /// This and another together.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Key {
    /// Whether authentication has to come first.
    pub(crate) fn needs_principal(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Principal | Part::ApiKey | Part::Own(..)))
    }

    /// What has to be said of somebody for their account to be known: `address` or `key`, if it lacks.
    pub(crate) fn lacks(&self, has_address: bool, has_key: bool) -> Option<&'static str> {
        self.0.iter().find_map(|part| match part {
            Part::Address(..) if !has_address => Some("address"),
            // Who has none goes by an address.
            Part::Principal | Part::ApiKey | Part::Header(_) | Part::Cookie(_)
                if !has_key && !has_address =>
            {
                Some("key")
            }
            _ => None,
        })
    }

    /// Whether it tells holders of API keys apart, and nobody else.
    pub(crate) fn asks_for_api_key(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::ApiKey))
    }

    /// Puts a value where a request has what the key asks for, except for a principal.
    pub(crate) fn put(&self, value: &HeaderValue, headers: &mut HeaderMap) -> Result<(), Unclear> {
        for part in &self.0 {
            match part {
                Part::Header(name) => drop(headers.insert(name, value.clone())),
                Part::Cookie(name) => {
                    let pair = [name.as_bytes(), b"=", value.as_bytes()].concat();
                    let pair = HeaderValue::from_bytes(&pair).map_err(|_| Unclear::Key)?;
                    headers.insert(header::COOKIE, pair);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Who sends a request, for operators.
    pub(crate) fn show(&self, head: Head<'_>) -> Box<str> {
        parts::Of { parts: &self.0, head }.to_string().into()
    }

    /// The account of whoever sends a request, over a connection whose other end may be known.
    #[inline]
    pub(crate) fn account(&self, scope: &Scope, head: Head<'_>, near: Option<&Near>) -> Account {
        match &self.0[..] {
            [Part::Address(v4, v6)] => address::account(scope, head.client(), near, (*v4, *v6)),
            parts => scope.account(&parts::Of { parts, head }),
        }
    }
}
