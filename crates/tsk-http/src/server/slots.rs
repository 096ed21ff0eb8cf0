//! How many connections there may be at a time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Slots for connections, whose number can change while some are taken.
#[derive(Debug)]
pub(super) struct Slots {
    semaphore: Arc<Semaphore>,
    most: usize,
    /// How many are taken beyond `most`: so many are not given back.
    surplus: usize,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { semaphore: Arc::new(Semaphore::new(most)), most, surplus: 0 }
    }

    /// Waits for a slot.
    pub(super) async fn take(&mut self) -> OwnedSemaphorePermit {
        loop {
            let slot = Arc::clone(&self.semaphore).acquire_owned().await;
            let slot = slot.expect("the semaphore is never closed");
            if self.surplus == 0 {
                return slot;
            }
            self.surplus -= 1;
            slot.forget();
        }
    }

    /// Takes a slot, if one is free.
    pub(super) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        if self.free() == 0 { None } else { Arc::clone(&self.semaphore).try_acquire_owned().ok() }
    }

    /// How many are free.
    pub(super) fn free(&self) -> usize {
        self.semaphore.available_permits().saturating_sub(self.surplus)
    }

    /// Changes how many there are. Whoever has one keeps it.
    pub(super) fn resize(&mut self, most: usize) {
        let most = most.min(Semaphore::MAX_PERMITS);
        if most < self.most {
            let fewer = self.most - most;
            self.surplus += fewer - self.semaphore.forget_permits(fewer);
        } else {
            let more = most - self.most;
            let settled = more.min(self.surplus);
            self.surplus -= settled;
            self.semaphore.add_permits(more - settled);
        }
        self.most = most;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fewer_slots_are_given_back_before_one_is_given_out() {
        let mut slots = Slots::new(2);
        let (one, two) = (slots.try_take(), slots.try_take());
        slots.resize(1);
        drop(one);
        assert!(slots.try_take().is_none());
        assert!(pin!(slots.take()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(two);
        assert!(slots.try_take().is_some());
    }

    proptest! {
        #[test]
        fn there_are_never_more_than_the_last_size_beyond_those_that_were_taken(
            steps in prop::collection::vec((0_usize..3, 0_usize..6), 1..60),
        ) {
            let mut slots = Slots::new(3);
            let mut most = 3;
            let mut taken = Vec::new();
            for (kind, number) in steps {
                match kind {
                    0 => {
                        let is_free = taken.len() < most;
                        let slot = slots.try_take();
                        prop_assert_eq!(slot.is_some(), is_free);
                        taken.extend(slot);
                    }
                    1 if !taken.is_empty() => drop(taken.swap_remove(number % taken.len())),
                    1 => {}
                    _ => {
                        slots.resize(number);
                        most = number;
                    }
                }
                prop_assert_eq!(slots.free(), most.saturating_sub(taken.len()));
            }
        }
    }
}
