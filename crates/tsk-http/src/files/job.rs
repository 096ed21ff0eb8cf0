//! Work on a blocking thread, given up when nobody waits for it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// A job that, when dropped, does not begin if it has not begun yet.
#[derive(Debug)]
pub(super) struct Job<T>(JoinHandle<T>);

impl<T: Send + 'static> Job<T> {
    pub(super) fn spawn(job: impl FnOnce() -> T + Send + 'static) -> Self {
        Self(spawn_blocking(job))
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    };

    use super::*;

    #[test]
    fn does_not_begin_once_nobody_waits_for_it() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.max_blocking_threads(1).build().unwrap().block_on(async {
            let (release, released) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || released.recv());
            let has_begun = Arc::new(AtomicBool::new(false));
            let held = has_begun.clone();
            drop(Job::spawn(move || held.store(true, Ordering::Relaxed)));
            drop(release);
            busy.await.unwrap().unwrap_err();
            // The one thread does what it was given in order, so it has passed the job when this is done.
            Job::spawn(|| ()).await.unwrap();
            assert!(!has_begun.load(Ordering::Relaxed));
            assert_eq!(Arc::strong_count(&has_begun), 1, "what the job holds is held for nobody");
        });
    }
}
