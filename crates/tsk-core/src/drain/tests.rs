use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Wake, Waker},
};

use super::*;

fn is_ready(future: impl Future) -> bool {
    pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn is_finished_when_the_last_hold_is_gone() {
    let drain = Drain::new();
    let (first, second) = (drain.hold(), drain.clone().hold());
    assert!(!is_ready(drain.started()));
    drain.start();
    drain.start();
    assert!(is_ready(drain.started()));
    drop(first);
    assert!(!is_ready(drain.finished()));
    drop(second);
    assert!(is_ready(drain.finished()));
}

#[test]
fn wakes_those_who_wait() {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let drain = Drain::new();
    let (first, second) = (drain.hold(), drain.hold());
    let (mut started, mut finished) = (pin!(drain.started()), pin!(drain.finished()));

    assert!(started.as_mut().poll(&mut cx).is_pending());
    drain.start();
    assert!(woken.take());
    assert!(started.as_mut().poll(&mut cx).is_ready());

    assert!(finished.as_mut().poll(&mut cx).is_pending());
    drop(first);
    drop(second);
    assert!(woken.take());
    assert!(finished.as_mut().poll(&mut cx).is_ready());
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
