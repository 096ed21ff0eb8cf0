//! The parts of a key, as they are in a request.

use std::{
    fmt,
    hash::{Hash, Hasher},
    net::IpAddr,
};

use http::{HeaderMap, header};
use tsk_core::{Head, Principal, principal::Kind};

use super::{Part, address::prefix};

/// The parts of a key in a request: hashed, each with its length, so that no two are the same as others side by side.
pub(super) struct Of<'a> {
    pub(super) parts: &'a [Part],
    pub(super) head: Head<'a>,
}

/// What tells a part that is there from an address that stands in for one.
const PRESENT: u8 = 1;
const ABSENT: u8 = 0;

impl Hash for Of<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for part in self.parts {
            part.of(self.head, |present| match present {
                Some(pieces) => pieces.iter().for_each(|piece| write(state, PRESENT, piece)),
                None => write(state, ABSENT, &prefix(self.head.client(), 32, super::SUBSCRIBER)),
            });
        }
    }
}

/// Bytes alone, in the same order on every machine, as servers of several sorts may share a store.
fn write(state: &mut impl Hasher, is_present: u8, piece: &[u8]) {
    state.write(&[is_present]);
    state.write(&(piece.len() as u64).to_le_bytes());
    state.write(piece);
}

/// For operators: what the parts are, and what stands in for one that is not there.
impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            match part {
                Part::Constant => f.write_str("all")?,
                Part::Address(v4, v6) => self.network(f, *v4, *v6)?,
                _ => {
                    let mut text = None;
                    part.of(self.head, |present| {
                        text = present.map(|pieces| pieces.join(&b' ').escape_ascii().to_string());
                    });
                    match text {
                        Some(text) => f.write_str(&text)?,
                        None => self.network(f, 32, super::SUBSCRIBER)?,
                    }
                }
            }
        }
        Ok(())
    }
}

impl Of<'_> {
    fn network(&self, f: &mut fmt::Formatter<'_>, v4: u8, v6: u8) -> fmt::Result {
        match self.head.client() {
            None => f.write_str("local"),
            Some(client) => {
                let prefix = IpAddr::from(prefix(Some(client), v4, v6)).to_canonical();
                let (length, whole) = if client.is_ipv4() { (v4, 32) } else { (v6, 128) };
                if length == whole { write!(f, "{prefix}") } else { write!(f, "{prefix}/{length}") }
            }
        }
    }
}

impl Part {
    /// Gives the pieces of the part, if the request has it.
    fn of(&self, head: Head<'_>, take: impl FnOnce(Option<&[&[u8]]>)) {
        match self {
            Self::Address(v4, v6) => take(Some(&[&prefix(head.client(), *v4, *v6)])),
            Self::Principal => take_principal(head.context.principal().map(|known| &**known), take),
            Self::ApiKey => {
                let known = head.context.principal().map(|known| &**known);
                take_principal(known.filter(|known| known.kind() == Kind::ApiKey), take);
            }
            Self::Header(name) => match head.headers.get(name) {
                Some(value) => take(Some(&[value.as_bytes()])),
                None => take(None),
            },
            Self::Cookie(name) => match cookie(head.headers, name.as_bytes()) {
                Some(value) => take(Some(&[value])),
                None => take(None),
            },
            Self::Route => {
                let endpoint = head.context.endpoint();
                let method = endpoint.method().map_or("*", http::Method::as_str);
                take(Some(&[method.as_bytes(), endpoint.template().as_bytes()]));
            }
            Self::Constant => take(Some(&[])),
            Self::Own(_, key) => match key(head) {
                Some(key) => take(Some(&[key.as_bytes()])),
                None => take(None),
            },
        }
    }
}

/// An identity is unique among principals of the same kind.
fn take_principal(principal: Option<&Principal>, take: impl FnOnce(Option<&[&[u8]]>)) {
    let Some(principal) = principal else { return take(None) };
    let kind = match principal.kind() {
        Kind::User => b"user",
        Kind::Service => b"serv",
        Kind::ApiKey => b"apik",
        _ => b"else",
    };
    take(Some(&[kind, principal.id().as_bytes()]));
}

/// The value of the first cookie of that name (RFC 6265 §5.4).
fn cookie<'a>(headers: &'a HeaderMap, name: &[u8]) -> Option<&'a [u8]> {
    let values = headers.get_all(header::COOKIE).iter();
    let mut pairs = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    pairs.find_map(|pair| pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"="))
}
