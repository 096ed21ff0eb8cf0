//! The one shutdown signal.

use std::{fmt, sync::Arc};

use tokio::sync::watch;

/// Tells everything that runs for long to finish: connections, event streams, sockets, background tasks.
///
/// Whoever runs for long holds a [`Hold`] and watches [`started`](Self::started); whoever shuts down calls
/// [`start`](Self::start) and awaits [`finished`](Self::finished), with a deadline. Clones share the signal.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// use tsk_core::Drain;
///
/// let drain = Drain::new();
/// let worker = {
///     let (drain, hold) = (drain.clone(), drain.hold());
///     async move {
///         drain.started().await;
///         drop(hold);
///     }
/// };
/// drain.start();
/// worker.await;
/// drain.finished().await;
/// # });
/// ```
#[derive(Clone)]
pub struct Drain(Arc<Shared>);

struct Shared {
    started: watch::Sender<bool>,
    holds: watch::Sender<usize>,
}

impl Drain {
    /// A signal that has not been given.
    #[expect(clippy::new_without_default, reason = "two defaults would not share a signal")]
    pub fn new() -> Self {
        Self(Arc::new(Shared { started: watch::Sender::new(false), holds: watch::Sender::new(0) }))
    }

    /// Gives the signal. Giving it again changes nothing.
    pub fn start(&self) {
        self.0.started.send_replace(true);
    }

    /// Whether the signal has been given.
    pub fn is_started(&self) -> bool {
        *self.0.started.borrow()
    }

    /// Waits for the signal.
    pub async fn started(&self) {
        // The sender lives as long as `self`, so the wait can only end with the signal.
        let _ = self.0.started.subscribe().wait_for(|started| *started).await;
    }

    /// Says that somebody is still at work, until the hold is dropped.
    pub fn hold(&self) -> Hold {
        self.0.holds.send_modify(|holds| *holds += 1);
        Hold(self.clone())
    }

    /// How many holds there are.
    pub fn held(&self) -> usize {
        *self.0.holds.borrow()
    }

    /// Waits until there is no hold.
    pub async fn finished(&self) {
        let _ = self.0.holds.subscribe().wait_for(|holds| *holds == 0).await;
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("started", &self.is_started()).field("held", &self.held()).finish()
    }
}

/// Work that a shutdown waits for.
#[derive(Debug)]
#[must_use = "a hold that is dropped holds nothing"]
pub struct Hold(Drain);

impl Hold {
    /// The signal it belongs to.
    pub fn drain(&self) -> &Drain {
        &self.0
    }
}

impl std::ops::Drop for Hold {
    fn drop(&mut self) {
        self.0.0.holds.send_modify(|holds| *holds -= 1);
    }
}

#[cfg(test)]
mod tests;
