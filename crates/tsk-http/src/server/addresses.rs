//! How many connections each address has.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tsk_core::{Network, Peer};

use crate::Config;

/// How many connections each address may have, and how many it has.
#[derive(Debug)]
pub(super) struct Addresses {
    /// 0 for no limit.
    most: usize,
    trusted: Vec<Network>,
    counts: Arc<Counts>,
}

/// The connections of each address, of those alone that have any.
#[derive(Debug, Default)]
struct Counts(Mutex<HashMap<IpAddr, usize>>);

impl Addresses {
    pub(super) fn new(config: &Config) -> Self {
        Self { most: config.max_connections_per_address, trusted: networks(config), counts: Arc::default() }
    }

    /// Has another limit, and others who have none. Whoever has more than that by now keeps it.
    pub(super) fn reconfigure(&mut self, config: &Config) {
        self.most = config.max_connections_per_address;
        self.trusted = networks(config);
    }

    /// Takes a share for a connection, which is given back when it is dropped; `None` where the address has as
    /// many as it may.
    ///
    /// Whoever is on this machine, or a proxy that is trusted, speaks for others and has no limit.
    pub(super) fn take(&self, peer: Peer) -> Option<Share> {
        let address = match peer.ip().map(|address| address.to_canonical()) {
            Some(address) if self.is_limited(address) => subscriber(address),
            _ => return Some(Share(None)),
        };
        let mut counts = self.counts.lock();
        let count = counts.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share(Some((Arc::clone(&self.counts), address))))
    }

    fn is_limited(&self, address: IpAddr) -> bool {
        self.most > 0
            && !address.is_loopback()
            && !self.trusted.iter().any(|network| network.contains(address))
    }
}

/// Those on this machine have no limit anyway.
fn networks(config: &Config) -> Vec<Network> {
    config.trusted_proxies.iter().filter_map(|proxy| proxy.network()).collect()
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one subscriber has: an address of IPv4, or a /64 of IPv6 (RFC 6177).
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// A connection's share in what its address may have.
#[derive(Debug)]
pub(super) struct Share(Option<(Arc<Counts>, IpAddr)>);

impl Drop for Share {
    fn drop(&mut self) {
        if let Some((counts, address)) = &self.0
            && let Entry::Occupied(mut entry) = counts.lock().entry(*address)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn addresses() -> Addresses {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        Addresses::new(&Config { max_connections_per_address: 2, trusted_proxies, ..Config::default() })
    }

    fn peer(address: &str) -> Peer {
        std::net::SocketAddr::new(address.parse().unwrap(), 4711).into()
    }

    #[test]
    fn an_address_has_so_many_and_gets_back_what_it_leaves() {
        let addresses = addresses();
        for (first, second, other) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ] {
            let one = addresses.take(peer(first)).unwrap();
            let _two = addresses.take(peer(second)).unwrap();
            assert!(addresses.take(peer(first)).is_none(), "{first}");
            assert!(addresses.take(peer(other)).is_some());
            drop(one);
            assert!(addresses.take(peer(second)).is_some());
        }
        assert!(addresses.counts.lock().is_empty());
    }

    #[test]
    fn another_limit_counts_those_who_are_there() {
        let mut addresses = addresses();
        let one = addresses.take(peer("192.0.2.1")).unwrap();
        addresses.reconfigure(&Config { max_connections_per_address: 1, ..Config::default() });
        assert!(addresses.take(peer("192.0.2.1")).is_none());
        drop(one);
        assert!(addresses.take(peer("192.0.2.1")).is_some());
    }

    #[test]
    fn whoever_speaks_for_others_has_no_limit() {
        let addresses = addresses();
        for peer in [peer("127.0.0.1"), peer("::1"), peer("10.1.2.3"), Peer::Local] {
            let shares: Vec<_> = (0..10).map(|_| addresses.take(peer).unwrap()).collect();
            drop(shares);
        }
    }
}
