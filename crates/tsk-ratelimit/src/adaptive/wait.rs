//! Waiting for a place.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use http::Response;
use tokio::time::Sleep;
use tsk_core::Body;

use super::{
    counters::Refused,
    gate::{Shared, refuse},
    limiter::Waiter,
    permit::Permit,
    priority::Priority,
};

/// Where one who waits is told.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Debug)]
enum State {
    /// Whom to tell, once it has looked.
    Waiting(Option<Waker>),
    /// It has a place, and may not know yet.
    Admitted(Option<Waker>),
    /// Somebody else stands there now.
    Displaced,
    /// It does not wait any more.
    Gone,
}

impl Default for State {
    fn default() -> Self {
        Self::Waiting(None)
    }
}

impl Slot {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is to make room for somebody else.
    pub(super) fn displace(&self) {
        let mut state = self.locked();
        if let State::Waiting(waker) = &mut *state {
            let waker = waker.take();
            *state = State::Displaced;
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

impl Waiter for Arc<Slot> {
    fn admit(&self) -> bool {
        let mut state = self.locked();
        let State::Waiting(waker) = &mut *state else { return false };
        *state = State::Admitted(waker.take());
        true
    }

    fn wake(&self) {
        let waker = match &mut *self.locked() {
            State::Admitted(waker) => waker.take(),
            _ => None,
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn waits(&self) -> bool {
        matches!(*self.locked(), State::Waiting(_))
    }
}

/// A request that waits until there is room for it. To be polled in a tokio runtime that has a clock.
#[derive(Debug)]
pub struct Wait {
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    route: u32,
    priority: Priority,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    pub(super) fn new(
        shared: Arc<Shared>,
        slot: Arc<Slot>,
        route: u32,
        priority: Priority,
        deadline: Instant,
    ) -> Self {
        Self { shared, slot, route, priority, deadline, timer: None }
    }
}

impl Future for Wait {
    type Output = Result<Permit, Response<Body>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        let is_late = timer.as_mut().poll(cx).is_ready();
        let mut state = self.slot.locked();
        let next = match &*state {
            State::Waiting(_) if !is_late => State::Waiting(Some(cx.waker().clone())),
            _ => State::Gone,
        };
        let before = std::mem::replace(&mut *state, next);
        drop(state);
        match before {
            State::Admitted(_) => Poll::Ready(Ok(Permit::new(Arc::clone(&self.shared), self.route))),
            State::Waiting(_) if !is_late => Poll::Pending,
            _ => Poll::Ready(Err(refuse(&self.shared, self.priority, Refused::Late, Instant::now()))),
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *self.slot.locked(), State::Gone);
        if let State::Admitted(_) = before {
            self.shared.leave(false);
        }
    }
}
