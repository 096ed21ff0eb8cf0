//! A host with, or without, a port: the value of `Host` and of `:authority`.

use std::net::Ipv6Addr;

/// Whether it is of letters, digits, dots and hyphens, with at most a port: what nearly every client sends.
///
/// Nothing that is not [valid](is_valid) is usual.
#[inline]
pub(super) fn is_usual(text: &[u8]) -> bool {
    let name = text.iter().position(|byte| !USUAL[usize::from(*byte)]).unwrap_or(text.len());
    name > 0 && (name == text.len() || (text[name] == b':' && is_port(&text[name + 1..])))
}

/// Whether it is `host [":" port]` (RFC 9110 §7.2, RFC 3986 §3.2.2) with a host that is not empty (RFC 9110
/// §4.2.1), and without the name of a user (RFC 9110 §4.2.4).
pub(super) fn is_valid(text: &[u8]) -> bool {
    if let Some(rest) = text.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
        let after = &rest[end + 1..];
        return is_ipv6(&rest[..end]) && (after.is_empty() || after.strip_prefix(b":").is_some_and(is_port));
    }
    let end = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
    let (name, port) = (&text[..end], text.get(end + 1..));
    is_name(name) && port.is_none_or(is_port)
}

/// What is usual in a name, by byte.
const USUAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = is_usual_byte(byte as u8);
        byte += 1;
    }
    table
};

const fn is_usual_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// A port may be left out behind its colon (RFC 3986 §3.2.3).
#[inline]
fn is_port(text: &[u8]) -> bool {
    let number = text.iter().try_fold(0_u16, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(digit.into()) }
    });
    number.is_some()
}

fn is_ipv6(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// A registered name: unreserved characters and sub-delimiters. Nothing is percent-encoded in one that DNS knows.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_usual_byte(*byte) || b"_~!$&'()*+,;=".contains(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_may_be_a_name_or_an_address_with_a_port() {
        for text in
            ["a", "example.com", "EXAMPLE.com:80", "127.0.0.1:8080", "a:", "xn--bcher-kva.example:443"]
        {
            assert!(is_usual(text.as_bytes()) && is_valid(text.as_bytes()), "{text}");
        }
        for text in ["[::1]", "[::1]:80", "[::ffff:1.2.3.4]", "my_host", "~!$&'()*+,;=:1"] {
            assert!(is_valid(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_host() {
        for text in [
            "",
            ":80",
            "user@a",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:-1",
            "a:+1",
            "a: 80",
            "a b",
            "a/",
            "a?b",
            "a#b",
            "a\\b",
            "a%20b",
            "a%2",
            "a%zz",
            "::1",
            "[::1",
            "[::1]80",
            "[]",
            "[a]",
            "[::1%25eth0]",
            "[v1.a]",
            "<a>",
            "a\"",
            "a,b c",
            "\u{e4}",
        ] {
            assert!(!is_valid(text.as_bytes()) && !is_usual(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_usual_is_valid(text in "[a-z0-9.:\\-@_%\\[\\]]{0,12}") {
            prop_assert!(is_valid(text.as_bytes()) || !is_usual(text.as_bytes()));
        }

        #[test]
        fn what_is_valid_is_an_authority(text in "[a-z0-9.:\\-@_%\\[\\]]{0,12}") {
            prop_assert!(!is_valid(text.as_bytes()) || text.parse::<http::uri::Authority>().is_ok());
        }
    }
}
