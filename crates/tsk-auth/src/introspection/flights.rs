//! One question for a token at a time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::memory::{Hash, Said};

/// Questions that are under way, each asked by one request and awaited by all others that bring the same token.
///
/// If the one leaves that asks, the next of the others asks: nobody depends on how long a stranger stays.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Hash, watch::Receiver<Option<Said>>>>);

/// Who asks.
pub(super) enum Place<'a> {
    /// This request.
    Lead(Lead<'a>),
    /// Another one.
    Follow(Follow),
}

/// The request that asks.
pub(super) struct Lead<'a> {
    flights: &'a Flights,
    hash: Hash,
    said: watch::Sender<Option<Said>>,
}

/// One that waits for what is said.
pub(super) struct Follow(watch::Receiver<Option<Said>>);

impl Flights {
    pub(super) fn join(&self, hash: Hash) -> Place<'_> {
        let mut flights = self.flights();
        if let Some(said) = flights.get(&hash) {
            return Place::Follow(Follow(said.clone()));
        }
        let (said, others) = watch::channel(None);
        flights.insert(hash, others);
        Place::Lead(Lead { flights: self, hash, said })
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Hash, watch::Receiver<Option<Said>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead<'_> {
    /// Tells the others.
    pub(super) fn land(self, said: &Said) {
        self.said.send_replace(Some(said.clone()));
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.flights.flights().remove(&self.hash);
    }
}

impl Follow {
    /// What was said; `None` where whoever asked has left before.
    pub(super) async fn landed(mut self) -> Option<Said> {
        let said = self.0.wait_for(Option::is_some).await.ok()?;
        said.clone()
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flights").field(&self.flights().len()).finish()
    }
}
