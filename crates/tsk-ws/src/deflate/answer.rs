//! What a client offers, and what the server makes of it (RFC 7692 §7.1).

use http::{HeaderMap, HeaderValue, header};

use super::offer::{Agreement, MAX_BITS, bits, unquoted};
use crate::config::Deflate;

/// What a client offers: any window, and no more memory of earlier messages than its settings allow.
pub(crate) fn offer(deflate: &Deflate) -> HeaderValue {
    HeaderValue::from_static(match (deflate.server_takeover, deflate.client_takeover) {
        (true, true) => "permessage-deflate; client_max_window_bits",
        (true, false) => "permessage-deflate; client_max_window_bits; client_no_context_takeover",
        (false, true) => "permessage-deflate; client_max_window_bits; server_no_context_takeover",
        (false, false) => {
            "permessage-deflate; client_max_window_bits; client_no_context_takeover; server_no_context_takeover"
        }
    })
}

/// Why the answer to an offer is none: the connection is to fail (RFC 7692 §7.1).
const WRONG: &str = "it answers an extension that was not offered so";

/// What a server has agreed to; `None` where it compresses nothing. `deflate` is what the offer was made of.
pub(crate) fn answered(
    headers: &HeaderMap,
    deflate: Option<&Deflate>,
) -> Result<Option<Agreement>, &'static str> {
    let mut answer = None;
    for value in headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS) {
        for extension in value.to_str().map_err(|_| WRONG)?.split(',') {
            // One was offered, so that one is accepted at most.
            let agreement = read(extension, deflate.ok_or(WRONG)?)?;
            if answer.replace(agreement).is_some() {
                return Err(WRONG);
            }
        }
    }
    Ok(answer)
}

fn read(extension: &str, deflate: &Deflate) -> Result<Agreement, &'static str> {
    let mut parts = extension.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return Err(WRONG);
    }
    let mut agreement =
        Agreement { bits: MAX_BITS, ours: deflate.client_takeover, theirs: true, names_bits: false };
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
            None => (part, None),
        };
        // There are four parameters.
        if seen.contains(&name) || seen.len() == 4 {
            return Err(WRONG);
        }
        seen.push(name);
        match (name, value) {
            ("server_no_context_takeover", None) => agreement.theirs = false,
            ("client_no_context_takeover", None) => agreement.ours = false,
            ("client_max_window_bits", Some(value)) => agreement.bits = bits(value).ok_or(WRONG)?,
            // A server may name its window unasked. Whatever it uses fits into the largest.
            ("server_max_window_bits", Some(value)) => drop(bits(value).ok_or(WRONG)?),
            _ => return Err(WRONG),
        }
    }
    // Who was asked to remember nothing, and accepts, says so.
    if agreement.theirs && !deflate.server_takeover { Err(WRONG) } else { Ok(agreement) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Config, config::Limits, deflate::agree};

    fn deflate(server: bool, client: bool) -> Deflate {
        let mut config = Config::default();
        (config.compression.server_takeover, config.compression.client_takeover) = (server, client);
        Limits::new(&config).unwrap().deflate.unwrap()
    }

    fn headers(values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| (header::SEC_WEBSOCKET_EXTENSIONS, value.parse().unwrap()));
        values.collect()
    }

    #[test]
    fn a_server_of_ours_and_a_client_of_ours_agree() {
        for (server, client) in [(false, false), (false, true), (true, false), (true, true)] {
            let client = deflate(server, client);
            for theirs in [deflate(false, false), deflate(true, true)] {
                let offered: HeaderMap =
                    [(header::SEC_WEBSOCKET_EXTENSIONS, offer(&client))].into_iter().collect();
                let at_server = agree(&offered, &theirs).unwrap();
                let answer: HeaderMap =
                    [(header::SEC_WEBSOCKET_EXTENSIONS, at_server.answer())].into_iter().collect();
                let at_client = answered(&answer, Some(&client)).unwrap().unwrap();
                assert_eq!((at_client.ours, at_client.theirs), (at_server.theirs, at_server.ours));
            }
        }
    }

    #[test]
    fn what_a_server_may_say_is_understood() {
        let (both, neither) = (deflate(true, true), deflate(false, false));
        assert_eq!(answered(&headers(&[]), Some(&both)), Ok(None));
        let plain = answered(&headers(&["permessage-deflate"]), Some(&both)).unwrap().unwrap();
        assert_eq!((plain.bits, plain.ours, plain.theirs), (15, true, true));
        let value = "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; \
                     client_max_window_bits=\"10\"; client_no_context_takeover";
        let full = answered(&headers(&[value]), Some(&neither)).unwrap().unwrap();
        assert_eq!((full.bits, full.ours, full.theirs), (10, false, false));
    }

    #[test]
    fn what_a_server_may_not_say_fails_the_connection() {
        for value in [
            "",
            "permessage-bzip2",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; other",
            "permessage-deflate, permessage-deflate",
        ] {
            assert!(answered(&headers(&[value]), Some(&deflate(true, true))).is_err(), "{value}");
        }
        let twice = headers(&["permessage-deflate", "permessage-deflate"]);
        assert!(answered(&twice, Some(&deflate(true, true))).is_err());
        let plain = headers(&["permessage-deflate"]);
        assert!(answered(&plain, None).is_err(), "nothing was offered");
        assert!(answered(&plain, Some(&deflate(false, true))).is_err(), "it was asked to remember nothing");
    }
}
