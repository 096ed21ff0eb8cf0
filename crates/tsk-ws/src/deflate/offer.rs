//! What the two ends agree on (RFC 7692 §7.1).

use http::{HeaderMap, HeaderValue, header};

use crate::config::Deflate;

/// How messages are compressed on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The window of what we compress, as a power of two.
    pub(crate) bits: u8,
    /// Whether we may refer to earlier messages, and whether the other end may.
    pub(crate) ours: bool,
    pub(crate) theirs: bool,
    /// Whether the window is to be named in the answer.
    pub(super) names_bits: bool,
}

/// The largest window.
pub(crate) const MAX_BITS: u8 = 15;

/// Agrees to the first offer that can be met. `None` where there is none: what cannot be read is declined, not refused
/// (RFC 7692 §5.1).
pub(crate) fn agree(headers: &HeaderMap, deflate: &Deflate) -> Option<Agreement> {
    let values = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    // No value of an extension that is known may have a comma in it, quoted or not.
    values.flat_map(|value| value.split(',')).find_map(|offer| accept(offer, deflate))
}

fn accept(offer: &str, deflate: &Deflate) -> Option<Agreement> {
    let mut parts = offer.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return None;
    }
    let mut agreement = Agreement {
        bits: MAX_BITS,
        ours: deflate.server_takeover,
        theirs: deflate.client_takeover,
        names_bits: false,
    };
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
            None => (part, None),
        };
        // RFC 7692 §7.1: a parameter that is not known, or there twice, spoils the offer. There are four of them.
        if seen.contains(&name) || seen.len() == 4 {
            return None;
        }
        seen.push(name);
        match (name, value) {
            ("server_no_context_takeover", None) => agreement.ours = false,
            ("client_no_context_takeover", None) => agreement.theirs = false,
            ("server_max_window_bits", Some(value)) => {
                (agreement.bits, agreement.names_bits) = (bits(value)?, true);
            }
            // Whatever it uses fits into the largest window.
            ("client_max_window_bits", None) => {}
            ("client_max_window_bits", Some(value)) => drop(bits(value)?),
            _ => return None,
        }
    }
    // The library has no window of 256 bytes.
    (agreement.bits > 8).then_some(agreement)
}

/// A window: 8 to 15, without zeros in front.
pub(super) fn bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok().filter(|bits| (8..=MAX_BITS).contains(bits))?;
    (value.len() == if bits < 10 { 1 } else { 2 }).then_some(bits)
}

pub(super) fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

impl Agreement {
    /// What the other end is told.
    pub(crate) fn answer(self) -> HeaderValue {
        let mut answer = String::from("permessage-deflate");
        if !self.ours {
            answer.push_str("; server_no_context_takeover");
        }
        if !self.theirs {
            answer.push_str("; client_no_context_takeover");
        }
        if self.names_bits {
            answer.push_str("; server_max_window_bits=");
            answer.push_str(&self.bits.to_string());
        }
        HeaderValue::try_from(answer).expect("names and numbers are a value of a field")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Config, config::Limits};

    fn answer(offers: &[&str], change: impl FnOnce(&mut Config)) -> Option<String> {
        let mut headers = HeaderMap::new();
        for offer in offers {
            headers.append(header::SEC_WEBSOCKET_EXTENSIONS, offer.parse().unwrap());
        }
        let mut config = Config::default();
        change(&mut config);
        let agreement = agree(&headers, &Limits::new(&config).unwrap().deflate?)?;
        Some(agreement.answer().to_str().unwrap().strip_prefix("permessage-deflate").unwrap().to_owned())
    }

    const NEITHER: &str = "; server_no_context_takeover; client_no_context_takeover";

    #[test]
    fn the_first_offer_that_can_be_met_is() {
        let usual = "permessage-deflate; client_max_window_bits";
        assert_eq!(answer(&[usual], |_| {}).unwrap(), NEITHER);
        let several = [
            "x-webkit-deflate-frame, permessage-deflate; a=1",
            "permessage-deflate;server_max_window_bits = \"10\"",
        ];
        assert_eq!(answer(&several, |_| {}).unwrap(), format!("{NEITHER}; server_max_window_bits=10"));
    }

    #[test]
    fn what_cannot_be_met_is_declined() {
        for offer in [
            "",
            "permessage-bzip2",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; other",
        ] {
            assert_eq!(answer(&[offer], |_| {}), None, "{offer}");
        }
        assert_eq!(answer(&["permessage-deflate"], |config| config.compression.enabled = false), None);
    }

    #[test]
    fn earlier_messages_are_referred_to_where_both_ends_want_it() {
        let both = |config: &mut Config| {
            config.compression.server_takeover = true;
            config.compression.client_takeover = true;
        };
        assert_eq!(answer(&["permessage-deflate"], both).unwrap(), "");
        assert_eq!(
            answer(&["permessage-deflate; server_no_context_takeover"], both).unwrap(),
            "; server_no_context_takeover"
        );
        assert_eq!(
            answer(&["permessage-deflate; client_no_context_takeover"], both).unwrap(),
            "; client_no_context_takeover"
        );
    }
}
