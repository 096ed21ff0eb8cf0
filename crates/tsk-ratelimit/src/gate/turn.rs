//! Waiting for one's turn.

use std::{sync::Arc, time::Duration};

use super::Waiting;
use crate::{
    Charge, Memory,
    headers::Stamp,
    store::{Place, Remote},
};

/// What is taken already, and is given back where the request goes before its turn.
pub(crate) struct Turn {
    place: Place,
    charges: Vec<Charge>,
}

impl Turn {
    pub(crate) fn in_memory(memory: &Arc<Memory>, charges: Vec<Charge>) -> Self {
        Self { place: Place::Memory(Arc::clone(memory)), charges }
    }

    pub(crate) fn elsewhere(remote: &Arc<dyn Remote>, charges: Vec<Charge>) -> Self {
        Self { place: Place::Remote(Arc::clone(remote)), charges }
    }

    /// Waits for so long.
    pub(crate) async fn come(mut self, time: Duration) {
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
            Place::Memory(memory) => {
                let now = std::time::Instant::now();
                charges.iter().for_each(|charge| memory.credit(charge, now));
            }
            Place::Remote(remote) => remote.credit(charges),
        }
    }
}

/// Waits for a turn that the store in memory has given.
pub(super) fn wait(memory: &Arc<Memory>, time: Duration, charges: Vec<Charge>, stamp: Stamp) -> Waiting {
    let turn = Turn::in_memory(memory, charges);
    Box::pin(async move {
        turn.come(time).await;
        Ok(stamp)
    })
}
