#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn contains_what_begins_alike() {
    for (network, address, expected) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false),
    ] {
        let network: Network = network.parse().unwrap();
        assert_eq!(network.contains(address.parse().unwrap()), expected, "{network} {address}");
        assert_eq!(network.to_string().parse(), Ok(network));
    }
}

#[test]
fn says_what_is_wrong_with_a_range() {
    for (text, reason) in
        [("", "no address"), ("localhost", "no address"), ("10.0.0.0/33", "0 to 32"), ("::/129", "0 to 128")]
    {
        let error = text.parse::<Network>().expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
    }
}
