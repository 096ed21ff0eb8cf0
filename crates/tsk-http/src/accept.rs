//! Which content coding a client takes (RFC 9110 §12.5.3).

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

/// A content coding that this crate has a use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// `br`: Brotli (RFC 7932).
    #[serde(rename = "br")]
    Brotli,
    /// `zstd` (RFC 8878).
    Zstd,
    /// `gzip` (RFC 1952).
    Gzip,
}

impl Coding {
    /// All of them, those first that make text smallest.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in headers, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Its name, as the value of `Content-Encoding`.
    pub const fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case(b"x-gzip") { b"gzip" } else { name };
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.name().as_bytes()))
    }
}

/// What the `Accept-Encoding` of a request says of the codings there are here.
///
/// ```
/// use http::{HeaderMap, header::ACCEPT_ENCODING};
/// use tsk_http::accept::{AcceptEncoding, Coding};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(ACCEPT_ENCODING, "gzip;q=0.8, br".parse().unwrap());
/// let accepted = AcceptEncoding::of(&headers);
/// assert_eq!(accepted.choose([Coding::Gzip, Coding::Brotli]), Some(Coding::Brotli));
/// assert_eq!(accepted.choose([Coding::Zstd]), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AcceptEncoding {
    /// By the order of [`Coding::ALL`], in thousandths; `None` where it is not listed.
    listed: [Option<u16>; Coding::ALL.len()],
    identity: Option<u16>,
    /// The weight of `*`.
    others: Option<u16>,
}

impl AcceptEncoding {
    /// Reads it. A member that is malformed is as if it were not there; without the header no coding is taken, which
    /// every client understands.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for value in headers.get_all(header::ACCEPT_ENCODING) {
            for member in value.as_bytes().split(|byte| *byte == b',') {
                accepted.add(member);
            }
        }
        accepted
    }

    /// The offered coding with the greatest weight; of equal ones the first. `None` stands for the content as it is:
    /// where nothing that is offered is acceptable, or the client likes it better.
    ///
    /// A client that refuses that as well (`identity;q=0`) is sent it all the same: it may be able to read it, and of
    /// a 406 it could make nothing at all.
    pub fn choose(&self, offered: impl IntoIterator<Item = Coding>) -> Option<Coding> {
        let least = self.identity.unwrap_or(0).max(1);
        let mut best = None;
        for coding in offered {
            let weight = self.weight(coding);
            if weight >= least && best.is_none_or(|(_, best)| weight > best) {
                best = Some((coding, weight));
            }
        }
        best.map(|(coding, _)| coding)
    }

    /// How welcome a coding is, in thousandths; 0 where it is not acceptable.
    pub fn weight(&self, coding: Coding) -> u16 {
        self.listed[coding as usize].or(self.others).unwrap_or(0)
    }

    fn add(&mut self, member: &[u8]) {
        let (name, parameters) = match member.iter().position(|byte| *byte == b';') {
            Some(at) => (&member[..at], Some(&member[at + 1..])),
            None => (member, None),
        };
        let Some(weight) = parameters.map_or(Some(MAX_WEIGHT), weight) else { return };
        let name = name.trim_ascii();
        if let Some(coding) = Coding::named(name) {
            self.listed[coding as usize] = Some(weight);
        } else if name == b"*" {
            self.others = Some(weight);
        } else if name.eq_ignore_ascii_case(b"identity") {
            self.identity = Some(weight);
        }
    }
}

pub(crate) const MAX_WEIGHT: u16 = 1000;

/// Reads `q=0.5` (RFC 9110 §12.4.2) into thousandths.
pub(crate) fn weight(parameter: &[u8]) -> Option<u16> {
    let parameter = parameter.trim_ascii();
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    let (whole, decimals) = match value {
        [whole] => (whole, &b""[..]),
        [whole, b'.', decimals @ ..] if decimals.len() <= 3 => (whole, decimals),
        _ => return None,
    };
    let mut weight = match whole {
        b'0' => 0,
        b'1' => MAX_WEIGHT,
        _ => return None,
    };
    let mut unit = 100;
    for digit in decimals {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        weight += u16::from(digit) * unit;
        unit /= 10;
    }
    (weight <= MAX_WEIGHT).then_some(weight)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use Coding::{Brotli, Gzip, Zstd};

    fn of(lines: &[&[u8]]) -> AcceptEncoding {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_bytes(line).unwrap());
        }
        AcceptEncoding::of(&headers)
    }

    #[test]
    fn the_greatest_weight_wins_and_of_equal_ones_what_is_offered_first() {
        for (value, expected) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip, deflate", Some(Gzip)),
            ("gzip;q=1.0, br;q=0.9", Some(Gzip)),
            ("gzip;q=0.001", Some(Gzip)),
            ("zstd;q=0.5 , gzip ; q=0.501", Some(Gzip)),
            ("GZIP, x-gzip;q=0.5", Some(Gzip)),
            ("x-gzip", Some(Gzip)),
            ("*", Some(Brotli)),
            ("*;q=0.1, br;q=0", Some(Zstd)),
            ("*;q=0, gzip", Some(Gzip)),
            (",, gzip;Q=0.3,", Some(Gzip)),
        ] {
            assert_eq!(of(&[value.as_bytes()]).choose(Coding::ALL), expected, "{value}");
        }
        assert_eq!(of(&[b"gzip, br"]).choose([Gzip, Brotli]), Some(Gzip));
        assert_eq!(of(&[b"gzip;q=0.4", b"br;q=0.6"]).choose([Gzip, Brotli]), Some(Brotli));
    }

    #[test]
    fn the_content_as_it_is_where_no_coding_is_welcome() {
        for value in [
            "",
            "identity",
            "deflate, compress",
            "gzip;q=0, br;q=0.000, zstd;q=0.0",
            "*;q=0",
            "identity;q=0",
            "identity, gzip;q=0.5",
            "identity;q=0.6, *;q=0.5",
        ] {
            assert_eq!(of(&[value.as_bytes()]).choose(Coding::ALL), None, "{value}");
        }
        assert_eq!(of(&[]).choose(Coding::ALL), None);
        assert_eq!(of(&[b"gzip"]).choose([]), None);
        assert_eq!(of(&[b"identity;q=0.5, gzip;q=0.5"]).choose([Gzip]), Some(Gzip));
    }

    #[test]
    fn a_member_that_is_malformed_is_not_there() {
        for value in [
            "gzip;q=2",
            "gzip;q=1.001",
            "gzip;q=0.1234",
            "gzip;q=.5",
            "gzip;q=",
            "gzip;q=-1",
            "gzip;q=0.x",
            "gzip;q=0.!",
        ] {
            assert_eq!(of(&[value.as_bytes(), b"br;q=0.1"]).choose(Coding::ALL), Some(Brotli), "{value}");
        }
        for value in ["gzipp", "gz ip", "gzip gzip", "\u{e9}", "gzip;level=1"] {
            assert_eq!(of(&[value.as_bytes()]).choose(Coding::ALL), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn never_chooses_what_is_not_offered(value in "(gzip|br|zstd|\\*|identity|[;,=q. 01]|\\PC){0,20}") {
            let chosen = of(&[value.as_bytes()]).choose([Zstd]);
            prop_assert!(matches!(chosen, None | Some(Zstd)));
        }
    }
}
