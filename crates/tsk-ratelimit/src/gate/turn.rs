//! Waiting for one's turn.

use std::{sync::Arc, time::Duration};

use super::Waiting;
use crate::{Charge, Memory, headers::Stamp, store::Remote};

/// What is taken already, and is given back where the request goes before its turn.
pub(super) struct Turn {
    place: Giver,
    charges: Vec<Charge>,
}

enum Giver {
    Memory(Arc<Memory>),
    Remote(Arc<dyn Remote>),
}

impl Turn {
    pub(super) fn at(remote: &Arc<dyn Remote>, charges: Vec<Charge>) -> Self {
        Self { place: Giver::Remote(Arc::clone(remote)), charges }
    }

    /// Waits for so long.
    pub(super) async fn come(mut self, time: Duration) {
        tokio::time::sleep(time).await;
        self.charges.clear();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let charges = std::mem::take(&mut self.charges);
        if charges.is_empty() {
            return;
        }
        match &self.place {
            Giver::Memory(memory) => {
                let now = std::time::Instant::now();
                charges.iter().for_each(|charge| memory.credit(charge, now));
            }
            Giver::Remote(remote) => remote.credit(charges),
        }
    }
}

/// Waits for a turn that the store in memory has given.
pub(super) fn wait(memory: &Arc<Memory>, time: Duration, charges: Vec<Charge>, stamp: Stamp) -> Waiting {
    let turn = Turn { place: Giver::Memory(Arc::clone(memory)), charges };
    Box::pin(async move {
        turn.come(time).await;
        Ok(stamp)
    })
}
