//! Who is connected, and how many may be.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::SystemTime,
};

use tsk_core::{Principal, principal::Kind};

use super::mailbox::Mailbox;

/// Somebody who is connected.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: u64,
    pub(crate) user: Option<User>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) transport: Transport,
    pub(crate) since: SystemTime,
    pub(crate) mailbox: Mailbox,
}

/// Who somebody is: an identity, which is unique among principals of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct User {
    kind: Kind,
    id: Arc<str>,
}

impl User {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl From<&Principal> for User {
    fn from(principal: &Principal) -> Self {
        Self { kind: principal.kind(), id: principal.id().into() }
    }
}

/// How somebody is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    WebSocket,
    LongPoll,
    EventStream,
}

impl Transport {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::LongPoll => "longpoll",
            Self::EventStream => "sse",
        }
    }
}

/// How many may be connected at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) all: usize,
    /// Zero for no limit.
    pub(crate) per_address: usize,
    /// Zero for no limit.
    pub(crate) per_user: usize,
}

/// Why somebody more may not be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowded {
    All,
    Address,
    User,
}

impl Crowded {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Address => "address",
            Self::User => "user",
        }
    }
}

/// Everybody who is connected.
#[derive(Debug)]
pub(crate) struct Registry {
    next: AtomicU64,
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<User, usize>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { next: AtomicU64::new(1), present: Mutex::default() }
    }
}

impl Registry {
    /// Lets somebody in where not so many are connected yet, with a mailbox of that size.
    pub(crate) fn enter(
        &self,
        caps: Caps,
        user: Option<User>,
        client: Option<IpAddr>,
        transport: Transport,
        mailbox: usize,
    ) -> Result<Arc<Connection>, Crowded> {
        let mut present = self.present();
        if present.connections.len() >= caps.all {
            return Err(Crowded::All);
        }
        // This machine is no stranger, and a proxy on it that is not trusted would count as one client.
        let address = client.map(network).filter(|address| !address.is_loopback());
        let (per_address, per_user) = (caps.per_address, caps.per_user);
        let is_full = |count: Option<&usize>, cap| cap > 0 && count.is_some_and(|count| *count >= cap);
        if address.is_some_and(|address| is_full(present.by_address.get(&address), per_address)) {
            return Err(Crowded::Address);
        }
        if user.as_ref().is_some_and(|user| is_full(present.by_user.get(user), per_user)) {
            return Err(Crowded::User);
        }
        address.into_iter().for_each(|address| *present.by_address.entry(address).or_default() += 1);
        user.iter().for_each(|user| *present.by_user.entry(user.clone()).or_default() += 1);
        let id = self.next.fetch_add(1, Relaxed);
        let mailbox = Mailbox::new(mailbox);
        let connection =
            Arc::new(Connection { id, user, client, transport, since: SystemTime::now(), mailbox });
        present.connections.insert(id, Arc::clone(&connection));
        metrics::gauge!("ws_connections", "transport" => transport.name()).increment(1);
        Ok(connection)
    }

    /// Somebody has gone.
    pub(crate) fn leave(&self, connection: &Connection) {
        let mut present = self.present();
        if present.connections.remove(&connection.id).is_none() {
            return;
        }
        if let Some(address) = connection.client.map(network) {
            less(&mut present.by_address, &address);
        }
        if let Some(user) = &connection.user {
            less(&mut present.by_user, user);
        }
        metrics::gauge!("ws_connections", "transport" => connection.transport.name()).decrement(1);
    }

    /// How many are connected.
    pub(crate) fn len(&self) -> usize {
        self.present().connections.len()
    }

    /// Somebody, by the number of its connection.
    pub(crate) fn get(&self, id: u64) -> Option<Arc<Connection>> {
        self.present().connections.get(&id).cloned()
    }

    /// The connections of somebody, whatever kind of principal it is.
    pub(crate) fn of_user(&self, id: &str) -> Vec<Arc<Connection>> {
        let present = self.present();
        let is_theirs =
            |connection: &&Arc<Connection>| connection.user.as_ref().is_some_and(|user| user.id() == id);
        present.connections.values().filter(is_theirs).cloned().collect()
    }

    /// Everybody.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.present().connections.values().cloned().collect()
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// What one client can be given: an address, or a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None if six.is_loopback() => address,
            None => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CAPS: Caps = Caps { all: 4, per_address: 2, per_user: 2 };

    fn enter(registry: &Registry, user: Option<&str>, client: &str) -> Result<Arc<Connection>, Crowded> {
        let user = user.map(|id| User::from(&Principal::new(id, Kind::User)));
        registry.enter(CAPS, user, client.parse().ok(), Transport::WebSocket, 100)
    }

    #[test]
    fn an_address_has_so_many_and_no_more() {
        let registry = Registry::default();
        let first = enter(&registry, None, "2001:db8::1").unwrap();
        enter(&registry, None, "2001:db8::ffff").unwrap();
        assert_eq!(enter(&registry, None, "2001:db8::2").unwrap_err(), Crowded::Address);
        enter(&registry, None, "2001:db8:0:1::1").unwrap();
        registry.leave(&first);
        registry.leave(&first);
        enter(&registry, None, "2001:db8::3").unwrap();
        assert_eq!(enter(&registry, None, "2001:db8::4").unwrap_err(), Crowded::Address);
    }

    #[test]
    fn a_user_has_so_many_wherever_it_is_and_all_have_so_many() {
        let registry = Registry::default();
        enter(&registry, Some("ada"), "192.0.2.1").unwrap();
        enter(&registry, Some("ada"), "192.0.2.2").unwrap();
        assert_eq!(enter(&registry, Some("ada"), "192.0.2.3").unwrap_err(), Crowded::User);
        assert_eq!(registry.of_user("ada").len(), 2);
        enter(&registry, Some("bob"), "127.0.0.1").unwrap();
        enter(&registry, None, "127.0.0.1").unwrap();
        assert_eq!(enter(&registry, None, "127.0.0.1").unwrap_err(), Crowded::All);
    }

    #[test]
    fn whoever_has_gone_leaves_nothing_behind() {
        let registry = Registry::default();
        for _ in 0..100 {
            let connection = enter(&registry, Some("ada"), "192.0.2.1").unwrap();
            registry.leave(&connection);
        }
        let present = registry.present();
        assert!(
            present.connections.is_empty() && present.by_address.is_empty() && present.by_user.is_empty()
        );
    }
}
