//! Places for the connections of one listener.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::PollSemaphore;

/// So many places, of which one is kept ready for the next connection.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    semaphore: PollSemaphore,
    next: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn new(count: usize) -> Self {
        let semaphore = Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self { most: count, semaphore: PollSemaphore::new(semaphore), next: None }
    }

    /// How many there are.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Waits for a place.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.next.is_none() {
            self.next = ready!(self.semaphore.poll_acquire(cx));
        }
        Poll::Ready(())
    }

    /// Takes a place, if one is free.
    pub(super) fn take(&mut self) -> Option<OwnedSemaphorePermit> {
        self.next.take().or_else(|| self.semaphore.clone_inner().try_acquire_owned().ok())
    }

    /// How many places are free.
    pub(super) fn free(&self) -> usize {
        self.semaphore.available_permits() + usize::from(self.next.is_some())
    }
}
