//! Resident memory that an idle connection holds, after one answered request.

use std::collections::BTreeMap;
use std::time::Duration;

use super::client::{Client, request};
use super::machine::Cores;
use super::progress;
use super::server::Server;
use crate::Error;
use crate::peers::Peer;

/// File descriptors that are left for everything that is not a measured connection.
const SPARE: usize = 100;

#[derive(Debug)]
pub(crate) struct Idle {
    pub(crate) connections: usize,
    /// Bytes a connection, by server.
    pub(crate) bytes: BTreeMap<&'static str, f64>,
}

/// Opens this many connections to each server, or as many as the limit on open files allows.
pub(crate) fn measure(peers: &[&'static Peer], wanted: usize, cores: Cores) -> Result<Idle, Error> {
    let connections = wanted.min(open_files()?.saturating_sub(SPARE));
    if connections < wanted {
        progress::warn(&format!("{connections} idle connections, not {wanted}: raise `ulimit -n`"));
    }
    let mut idle = Idle { connections, bytes: BTreeMap::new() };
    for peer in peers.iter().filter(|peer| peer.is_http1()) {
        let bytes = bytes_a_connection(peer, connections, cores)?;
        progress::step(&format!("idle  {:<20}{bytes:>9.0} bytes a connection", peer.name));
        idle.bytes.insert(peer.name, bytes);
    }
    Ok(idle)
}

fn bytes_a_connection(peer: &'static Peer, connections: usize, cores: Cores) -> Result<f64, Error> {
    let server = Server::start(peer, cores)?;
    let request = request(server.port, "GET", "/plaintext", &[]);
    // What the first requests allocate once and for all is not a connection's.
    let mut first = Client::connect(server.port)?;
    for _ in 0..200 {
        first.send(&request)?;
    }
    let before = settled(&server)?;
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = Client::connect(server.port)?;
        client.send(&request)?;
        open.push(client);
    }
    Ok((settled(&server)? as f64 - before as f64) / connections as f64)
}

/// The server's resident memory once it no longer changes, which it does while a garbage collector works.
fn settled(server: &Server) -> Result<u64, Error> {
    let mut last = server.resident()?;
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(100));
        let now = server.resident()?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}

fn open_files() -> Result<usize, Error> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    Ok(soft.parse().unwrap_or(usize::MAX))
}
