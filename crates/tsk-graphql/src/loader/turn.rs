//! Waiting until a task has nothing else to do.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Waits until everything of the task that is ready has been polled.
///
/// The runtime wakes who yields once the whole task waits. Somebody who shares this may poll it before, which `yield_now` alone takes
/// for that.
pub(super) async fn quiet() {
    let mut turn: Option<Arc<Turn>> = None;
    poll_fn(|cx| match &turn {
        Some(turn) if turn.has_come.load(Ordering::Acquire) => Poll::Ready(()),
        // Shared futures are polled with one waker for all who share them.
        Some(_) => Poll::Pending,
        None => {
            let coming = Arc::new(Turn { has_come: AtomicBool::new(false), waker: cx.waker().clone() });
            let waker = Waker::from(Arc::clone(&coming));
            let waits = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
            turn = Some(coming);
            waits
        }
    })
    .await;
}

struct Turn {
    has_come: AtomicBool,
    waker: Waker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.has_come.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}
