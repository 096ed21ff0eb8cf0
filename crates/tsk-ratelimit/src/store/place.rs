//! Where the accounts of a service are, and what they are called there.

use std::{sync::Arc, time::Instant};

use super::{memory::Memory, remote::Remote};
use crate::{Accounts, records::Records};

/// Where the accounts of a service are. A clone is the same place, which outlives the rules: whoever makes others of them, as a
/// reload does, goes on with the accounts that there are.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) accounts: Accounts,
    pub(crate) place: Place,
    pub(crate) records: Arc<Records>,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    Memory(Arc<Memory>),
    Remote(Arc<dyn Remote>),
}

impl Store {
    /// In the memory of this process, within so many bytes. `now` is where its time begins.
    pub fn memory(bytes: usize, now: Instant) -> Self {
        Self {
            accounts: Accounts::new(),
            place: Place::Memory(Arc::new(Memory::new(bytes, now))),
            records: Arc::new(Records::new(now)),
        }
    }

    /// Elsewhere. Servers that share it must name accounts by the same [secret](Accounts::shared).
    pub fn remote(accounts: Accounts, remote: impl Remote) -> Self {
        let records = Arc::new(Records::new(Instant::now()));
        Self { accounts, place: Place::Remote(Arc::new(remote)), records }
    }
}
