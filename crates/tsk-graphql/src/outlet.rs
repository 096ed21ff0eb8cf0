//! A stream out of a future that gives one thing after the other.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

/// Where a future puts what it gives, and waits until it was taken.
///
/// There is room for one, so that nothing is made for somebody who does not read.
#[derive(Debug)]
pub(crate) struct Outlet<T>(Arc<Mutex<Option<T>>>);

impl<T> Outlet<T> {
    /// Gives one, and goes on when the next is asked for.
    pub(crate) async fn send(&self, item: T) {
        let mut item = Some(item);
        poll_fn(|_| {
            // Whoever takes it polls again, which is what wakes this.
            match item.take() {
                Some(item) => {
                    *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(item);
                    Poll::Pending
                }
                None => Poll::Ready(()),
            }
        })
        .await;
    }
}

/// What a future gives, one after the other.
pub(crate) struct Given<T> {
    slot: Arc<Mutex<Option<T>>>,
    /// `None` once it has ended.
    future: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<T: Send + 'static> Given<T> {
    /// Of the future that is made with an outlet.
    pub(crate) fn new<F>(make: impl FnOnce(Outlet<T>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        Self { future: Some(Box::pin(make(Outlet(Arc::clone(&slot))))), slot }
    }

    /// The next, or `None` at the end.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        let ended = future.as_mut().poll(cx).is_ready();
        if ended {
            self.future = None;
        }
        match self.slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(item) => Poll::Ready(Some(item)),
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// The next, or `None` at the end.
    #[cfg(test)]
    pub(crate) async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_next(cx)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_what_the_future_gives_and_then_ends() {
        let mut given = Given::new(|outlet| async move {
            for number in 0..3 {
                tokio::task::yield_now().await;
                outlet.send(number).await;
            }
        });
        assert_eq!(given.next().await, Some(0));
        assert_eq!(given.next().await, Some(1));
        assert_eq!(given.next().await, Some(2));
        assert_eq!(given.next().await, None);
        assert_eq!(given.next().await, None);
    }

    #[tokio::test]
    async fn makes_nothing_before_it_is_asked() {
        let made = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&made);
        let mut given = Given::new(|outlet| async move {
            loop {
                *counted.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                outlet.send(()).await;
            }
        });
        assert_eq!(*made.lock().unwrap_or_else(PoisonError::into_inner), 0);
        given.next().await;
        assert_eq!(*made.lock().unwrap_or_else(PoisonError::into_inner), 1);
    }
}
