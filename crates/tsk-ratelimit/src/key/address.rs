//! Addresses, as far as they tell clients apart.

use std::net::IpAddr;

use super::SUBSCRIBER;
use crate::{
    Account, Scope,
    account::{Addresses, Hashed},
};

/// The address at the other end of a connection, and its hash. The requests of a connection mostly come from there, so that it
/// is hashed once for all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    address: Option<IpAddr>,
    hashed: Hashed,
}

impl Near {
    pub(crate) fn new(address: Option<IpAddr>, addresses: Addresses) -> Self {
        Self { address, hashed: addresses.hash(&prefix(address, 32, SUBSCRIBER)) }
    }
}

/// The account of an address, as far as a prefix of so many bits.
#[inline]
pub(super) fn account(
    scope: &Scope,
    address: Option<IpAddr>,
    near: Option<&Near>,
    bits: (u8, u8),
) -> Account {
    match near {
        Some(near) if bits == (32, SUBSCRIBER) && near.address == address => scope.account_of(near.hashed),
        _ => far(scope, address, bits),
    }
}

/// Apart, so that it is not part of what is common.
#[inline(never)]
fn far(scope: &Scope, address: Option<IpAddr>, (v4, v6): (u8, u8)) -> Account {
    scope.account_of_address(&prefix(address, v4, v6))
}

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
