//! What blocks its thread, on a thread where it may, one at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::spawn_blocking;
use tsk_core::check::Finding;

/// Lets one thread at a time block.
///
/// Who waits for it may stop to wait, while the thread cannot be stopped: a disk that is gone may never answer. Without a
/// bound each further look would take a thread of the runtime's until there is none.
#[derive(Debug, Default)]
pub(super) struct Blocking(Arc<AtomicBool>);

/// Gives the place free again, also where what blocked panics.
struct Place(Arc<AtomicBool>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Blocking {
    pub(super) async fn run(&self, look: impl FnOnce() -> Finding + Send + 'static) -> Finding {
        if self.0.swap(true, Ordering::Acquire) {
            return Finding::fail("the last look has not come back");
        }
        let place = Place(Arc::clone(&self.0));
        let looked = spawn_blocking(move || {
            let _place = place;
            look()
        });
        looked.await.unwrap_or_else(|_| Finding::fail("the check panicked"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_that_hangs_keeps_the_others_from_hanging_too() {
        let blocking = Blocking::default();
        let (sender, receiver) = mpsc::channel::<()>();
        let (entered, begun) = tokio::sync::oneshot::channel();
        let hanging = blocking.run(move || {
            let _ = entered.send(());
            let _ = receiver.recv();
            Finding::pass()
        });
        tokio::pin!(hanging);
        tokio::select! {
            _ = &mut hanging => unreachable!("nobody let it go"),
            begun = begun => begun.expect("it begins"),
        }
        assert_eq!(blocking.run(Finding::pass).await, Finding::fail("the last look has not come back"));
        drop(sender);
        assert_eq!(hanging.await, Finding::pass());
        assert_eq!(blocking.run(Finding::pass).await, Finding::pass());
    }
}
