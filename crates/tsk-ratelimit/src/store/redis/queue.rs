//! What waits to be sent.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::oneshot;

use super::script::Name;

/// Commands that wait to be sent, together: whoever asks writes a command behind those that are there, and the connection takes
/// all that there are at once.
///
/// It is closed while there is no connection that works; then it takes nothing, and nobody waits.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// How many commands may be without an answer.
    most: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// What the script is called, where there is a connection that works.
    open: Option<Name>,
    batch: Batch,
    /// Without an answer, sent or not.
    unanswered: usize,
    connection: Option<Waker>,
}

/// Commands, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) commands: Vec<Command>,
}

/// A command among others.
#[derive(Debug)]
pub(super) struct Command {
    /// Where it ends in the bytes of its batch.
    pub(super) end: usize,
    pub(super) asks: Asks,
}

/// What is to be done with an answer.
#[derive(Debug)]
pub(super) enum Asks {
    /// To tell somebody who waits, if they still do.
    Debit(oneshot::Sender<Vec<i64>>),
    /// Nothing.
    Credit,
    /// Nothing: the script is there again.
    Load,
}

impl Queue {
    pub(super) fn new(most: usize) -> Self {
        Self { waiting: Mutex::default(), most }
    }

    /// Takes a command to which somebody waits for an answer; `None` while it is closed or full. The sender is dropped where
    /// there will be no answer.
    pub(super) fn ask(&self, write: impl FnOnce(&mut Vec<u8>, &Name)) -> Option<oneshot::Receiver<Vec<i64>>> {
        let (sender, receiver) = oneshot::channel();
        self.put(write, Asks::Debit(sender)).then_some(receiver)
    }

    /// Takes a command whose answer nobody waits for, and says whether it has.
    pub(super) fn tell(&self, write: impl FnOnce(&mut Vec<u8>, &Name)) -> bool {
        self.put(write, Asks::Credit)
    }

    fn put(&self, write: impl FnOnce(&mut Vec<u8>, &Name), asks: Asks) -> bool {
        let mut waiting = self.lock();
        let Some(name) = waiting.open.filter(|_| waiting.unanswered < self.most) else { return false };
        waiting.unanswered += 1;
        write(&mut waiting.batch.bytes, &name);
        let end = waiting.batch.bytes.len();
        waiting.batch.commands.push(Command { end, asks });
        let connection = waiting.connection.take();
        drop(waiting);
        if let Some(connection) = connection {
            connection.wake();
        }
        true
    }

    /// Opens it, until what this gives is dropped.
    pub(super) fn open(&self, name: Name) -> Open<'_> {
        self.lock().open = Some(name);
        Open(self)
    }

    /// Whether it takes commands.
    pub(super) fn is_open(&self) -> bool {
        self.lock().open.is_some()
    }

    /// Waits until there is something to take. `answered` is how many commands have got their answer since the last time.
    pub(super) fn poll_waiting(&self, cx: &Context<'_>, answered: usize) -> Poll<()> {
        let mut waiting = self.lock();
        waiting.unanswered -= answered;
        if waiting.batch.commands.is_empty() {
            waiting.connection = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// What waits, in exchange for an empty batch.
    pub(super) fn take(&self, empty: Batch) -> Batch {
        mem::replace(&mut self.lock().batch, empty)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a queue is open. When it is dropped, whoever waits is told that there will be no answer.
#[derive(Debug)]
pub(super) struct Open<'q>(&'q Queue);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let waiting = mem::take(&mut *self.0.lock());
        // Whoever is woken by this may ask again at once, so it happens without the lock.
        drop(waiting);
    }
}

impl Batch {
    /// Empties it, and keeps its room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.commands.clear();
    }

    /// The bytes of a command.
    pub(super) fn bytes_of(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.commands[before].end);
        &self.bytes[start..self.commands[index].end]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    fn write(text: &str) -> impl FnOnce(&mut Vec<u8>, &Name) {
        move |out: &mut Vec<u8>, _: &Name| out.extend_from_slice(text.as_bytes())
    }

    #[test]
    fn takes_nothing_while_it_is_closed() {
        let queue = Queue::new(9);
        assert!(queue.ask(write("a")).is_none());
        let open = queue.open([0; 40]);
        let mut asked = queue.ask(write("a")).unwrap();
        drop(open);
        assert!(asked.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
        assert!(queue.ask(write("a")).is_none());
    }

    #[test]
    fn holds_no_more_than_it_may_until_some_have_their_answer() {
        let queue = Queue::new(2);
        let _open = queue.open([0; 40]);
        assert!(queue.ask(write("a")).is_some());
        assert!(queue.tell(write("b")));
        assert!(!queue.tell(write("c")));
        assert!(queue.poll_waiting(&context(), 0).is_ready());
        let batch = queue.take(Batch::default());
        assert_eq!((batch.bytes_of(0), batch.bytes_of(1)), (&b"a"[..], &b"b"[..]));
        assert!(!queue.tell(write("c")), "they are sent, and not answered");
        assert!(queue.poll_waiting(&context(), 1).is_pending());
        assert!(queue.tell(write("c")));
        assert!(!queue.tell(write("d")));
    }
}
