//! Addresses, as far as they tell clients apart.

use std::net::IpAddr;

/// The bits of an address as far as a prefix of so many, IPv4 as it is mapped into IPv6 (RFC 4291 §2.5.5.2). Whoever has no
/// address is one, at that of nobody.
#[inline]
pub(super) fn prefix(address: Option<IpAddr>, v4: u8, v6: u8) -> [u8; 16] {
    const MAPPED: u8 = 96;
    let (bits, length) = match address {
        Some(IpAddr::V4(address)) => (0xffff_u128 << 32 | u128::from(address.to_bits()), MAPPED + v4),
        Some(IpAddr::V6(address)) => (address.to_bits(), v6),
        None => return [0xff; 16],
    };
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    (bits & mask).to_be_bytes()
}
