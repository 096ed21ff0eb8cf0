//! The clock of a wheel: one task for all who wait, as long as there are any.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Waker,
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::wheel::{Key, Wheel};

/// How coarse the wheel is: nobody is woken early, and nobody later than this, unless the runtime is busy.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// Wakes those whose time is up. A clone shares the wheel.
#[derive(Clone, Default)]
pub(super) struct Timer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// How many tasks there have been: one that was lost has forgotten those who waited.
    runs: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    wheel: Wheel,
    /// Since when there has been a task that lets the wheel turn.
    running: Option<Instant>,
}

/// One who waits; no longer, once this is dropped.
pub struct Alarm {
    timer: Timer,
    key: Key,
    run: u64,
    timeout: Duration,
    deadline: Instant,
    waker: Waker,
}

impl Timer {
    /// Has `waker` woken once `timeout` has passed. `None` where that is further off than there is time.
    pub(super) fn set(&self, timeout: Duration, waker: &Waker) -> Option<Alarm> {
        let deadline = Instant::now().checked_add(timeout)?;
        self.set_at(deadline, timeout, waker)
    }

    fn set_at(&self, deadline: Instant, timeout: Duration, waker: &Waker) -> Option<Alarm> {
        let now = Instant::now();
        let mut state = self.0.state();
        let is_running = state.running.is_some();
        let began = *state.running.get_or_insert(now);
        let ticks = deadline.saturating_duration_since(began).as_nanos().div_ceil(TICK.as_nanos());
        let key = state.wheel.insert(u64::try_from(ticks).unwrap_or(u64::MAX), waker.clone());
        let run = self.0.runs.fetch_add(u64::from(!is_running), Relaxed) + u64::from(!is_running);
        drop(state);
        if !is_running {
            // Not while the wheel is locked: a runtime that ends drops the task at once.
            tokio::spawn(turn(Turning { shared: Arc::downgrade(&self.0), run }, began));
        }
        Some(Alarm { timer: self.clone(), key: key?, run, timeout, deadline, waker: waker.clone() })
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Alarm {
    /// How long it was to wait.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the time is up; if not, `waker` is the one to be woken from now on.
    pub(super) fn is_due(&mut self, waker: &Waker) -> bool {
        if Instant::now() >= self.deadline {
            return true;
        }
        if !self.waker.will_wake(waker) {
            let replaced = self.timer.0.state().wheel.replace(self.key, waker.clone());
            // What was there goes only now that the wheel is no longer locked: it may hold another alarm.
            drop(replaced);
            self.waker = waker.clone();
        }
        if self.run != self.timer.0.runs.load(Relaxed)
            && let Some(alarm) = self.timer.set_at(self.deadline, self.timeout, waker)
        {
            *self = alarm;
        }
        // It may have gone off for the waker before.
        Instant::now() >= self.deadline
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let removed = self.timer.0.state().wheel.remove(self.key);
        drop(removed);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those whose time is up. `false` where nobody waits any more.
    fn turn(&self, woken: &mut Vec<Waker>) -> bool {
        let mut state = self.state();
        let Some(began) = state.running else { return false };
        let ticks = Instant::now().saturating_duration_since(began).as_nanos() / TICK.as_nanos();
        state.wheel.advance(u64::try_from(ticks).unwrap_or(u64::MAX), woken);
        let goes_on = state.wheel.len() > 0;
        if !goes_on {
            state.running = None;
            state.wheel.reset();
        }
        drop(state);
        woken.drain(..).for_each(Waker::wake);
        goes_on
    }
}

async fn turn(turning: Turning, began: Instant) {
    let mut ticks = interval_at(began + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut woken = Vec::new();
    loop {
        ticks.tick().await;
        // Nobody can wait where nobody holds the timer.
        let Some(shared) = turning.shared.upgrade() else { return };
        if !shared.turn(&mut woken) {
            return;
        }
    }
}

/// Held by the task. Where its runtime ends before the wheel is empty, those who wait are woken, so that they
/// set their alarms anew on the runtime that polls them.
struct Turning {
    shared: Weak<Shared>,
    run: u64,
}

impl Drop for Turning {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = shared.state();
        if state.running.is_some() && shared.runs.load(Relaxed) == self.run {
            shared.runs.fetch_add(1, Relaxed);
            state.running = None;
            let woken = state.wheel.reset();
            drop(state);
            woken.into_iter().for_each(Waker::wake);
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}

#[cfg(test)]
mod tests;
