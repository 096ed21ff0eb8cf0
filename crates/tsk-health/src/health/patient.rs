//! Checks that block their thread.

use std::{future::poll_fn, pin::pin};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// Polls a future as if it blocked its thread, which no type forbids to a check.
///
/// What the scheduler has put on that thread to be run next no other thread takes, and the thread that waits for sockets and
/// timers may be that one: a service would stand still, with others idle. So each poll hands all this to another thread first,
/// which costs some ten microseconds, a few times for a check.
pub(super) async fn patient<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // A runtime of one thread has nobody to hand it to.
    let can_hand_over = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    poll_fn(|cx| {
        if can_hand_over { block_in_place(|| future.as_mut().poll(cx)) } else { future.as_mut().poll(cx) }
    })
    .await
}
