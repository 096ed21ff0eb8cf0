//! Starts the thread that exports, once there is something to export.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use super::{counts::Counters, thread::Work};
use crate::{intake::Intake, queue::Waiting};

/// Starts the thread that exports with the first span: where one thread serves and nothing is recorded, it stays the only one.
#[derive(Debug)]
pub(crate) struct Starter {
    intake: Arc<Intake>,
    counters: Arc<Counters>,
    /// Whether spans that nobody exports are lost.
    has_collector: bool,
    state: Mutex<State>,
    /// Whether it was said that no thread can be started.
    is_said: AtomicBool,
}

#[derive(Debug)]
enum State {
    /// No span has come.
    Idle(Box<Work>),
    Running(JoinHandle<()>),
    Ended,
}

/// Whether there is a thread for what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Running,
    /// Nothing waits, nor ever did.
    Unneeded,
    /// It cannot be started.
    Missing,
}

impl Starter {
    pub(super) fn new(work: Work, intake: Arc<Intake>, counters: Arc<Counters>, has_collector: bool) -> Self {
        let state = Mutex::new(State::Idle(Box::new(work)));
        Self { intake, counters, has_collector, state, is_said: AtomicBool::new(false) }
    }

    /// Starts the thread, if there is none. Where none can be started, what waits is seen, and counts as dropped.
    pub(crate) fn start(&self) -> bool {
        let mut state = self.locked();
        if !matches!(*state, State::Idle(_)) {
            return true;
        }
        // Given to it once it is there: with a thread that cannot be started it would be lost.
        let (give, given) = mpsc::sync_channel::<Box<Work>>(1);
        let run = move || given.recv().into_iter().for_each(|work| work.run());
        match thread::Builder::new().name("tsk-trace".into()).spawn(run) {
            Ok(thread) => {
                if let State::Idle(work) = mem::replace(&mut *state, State::Running(thread)) {
                    // It waits for nothing else.
                    let _ = give.send(work);
                }
                true
            }
            Err(error) => {
                drop(state);
                self.give_up();
                if !self.is_said.swap(true, Relaxed) {
                    tracing::error!(%error, "the thread that exports spans cannot be started: they are dropped");
                }
                false
            }
        }
    }

    /// Starts the thread, if something waits for it.
    pub(super) fn rouse(&self) -> Presence {
        let is_idle = matches!(*self.locked(), State::Idle(_));
        if is_idle && self.intake.is_empty() {
            Presence::Unneeded
        } else if self.start() {
            Presence::Running
        } else {
            Presence::Missing
        }
    }

    /// No thread is started any more. Gives the one that was.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        match mem::replace(&mut *self.locked(), State::Ended) {
            State::Idle(work) => {
                work.discard();
                None
            }
            State::Running(thread) => Some(thread),
            State::Ended => None,
        }
    }

    fn give_up(&self) {
        self.intake.drain(&mut Waiting::default(), |waiting| {
            let dropped = usize::try_from(waiting.dropped).unwrap_or(usize::MAX);
            let unsent = if self.has_collector { waiting.count() } else { 0 };
            Counters::add(&self.counters.dropped_full, dropped.saturating_add(unsent));
        });
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn has_thread(&self) -> bool {
        matches!(*self.locked(), State::Running(_))
    }
}
