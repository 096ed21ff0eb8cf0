//! Who is told when a connection takes more, or something is due.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

/// Wakes all who use a socket: the system and the timer know one waker each, and have no idea who is waiting.
///
/// It is apart from the connection, which would otherwise hold itself.
#[derive(Debug, Default)]
pub(crate) struct Bell(Mutex<Wakers>);

#[derive(Debug, Default)]
struct Wakers {
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

impl Bell {
    /// Has whoever receives woken.
    pub(crate) fn set_reader(&self, waker: &Waker) {
        let reader = &mut self.wakers().reader;
        if !reader.as_ref().is_some_and(|reader| reader.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
    }

    /// Has somebody woken who waits to send.
    pub(crate) fn add_writer(&self, waker: &Waker) {
        let writers = &mut self.wakers().writers;
        if !writers.iter().any(|writer| writer.will_wake(waker)) {
            writers.push(waker.clone());
        }
    }

    /// Wakes those who wait to send.
    pub(crate) fn ring_writers(&self) {
        let mut wakers = self.wakers();
        if wakers.writers.is_empty() {
            return;
        }
        let writers = mem::take(&mut wakers.writers);
        drop(wakers);
        writers.into_iter().for_each(Waker::wake);
    }

    /// Wakes all.
    pub(crate) fn ring(&self) {
        // Nobody is woken with the lock held: a waker may be anybody's.
        let Wakers { reader, writers } = mem::take(&mut *self.wakers());
        reader.into_iter().chain(writers).for_each(Waker::wake);
    }

    fn wakers(&self) -> MutexGuard<'_, Wakers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
