//! The time from the start of a server's process to its first answer.

use std::collections::BTreeMap;

use super::progress;
use super::server::Server;
use super::spread::Spread;
use crate::Error;
use crate::peers::{DOCUMENTED, Peer, TSK};

/// What is started beside these servers: where the product is one of them, the product with many documented routes.
pub(crate) fn further(peers: &[&'static Peer]) -> Option<&'static Peer> {
    peers.iter().any(|peer| peer.name == TSK).then_some(&DOCUMENTED)
}

/// Milliseconds by server, from this many starts of each.
pub(crate) fn measure(
    peers: &[&'static Peer],
    starts: usize,
) -> Result<BTreeMap<&'static str, Spread>, Error> {
    let mut millis: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for _ in 0..starts {
        for peer in peers.iter().copied().filter(|peer| peer.is_http1()).chain(further(peers)) {
            let time = Server::time_to_first_answer(peer)?;
            millis.entry(peer.name).or_default().push(time.as_secs_f64() * 1e3);
        }
    }
    let spreads = millis.into_iter().filter_map(|(name, samples)| Some((name, Spread::of(samples)?)));
    let spreads: BTreeMap<_, _> = spreads.collect();
    for (name, spread) in &spreads {
        progress::step(&format!("start-up  {name:<20}{:>9.1} ms", spread.median));
    }
    Ok(spreads)
}
