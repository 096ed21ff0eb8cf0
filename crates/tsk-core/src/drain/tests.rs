use std::{future::Future, pin::pin, task::Context};

use super::*;

fn is_ready(future: impl Future) -> bool {
    pin!(future).as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
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
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let drain = Drain::new();
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let hold = drain.hold();
                tokio::spawn(async move { hold.drain().started().await })
            })
            .collect();
        let finished = tokio::spawn({
            let drain = drain.clone();
            async move { drain.finished().await }
        });
        // Everybody waits before the signal is given.
        tokio::task::yield_now().await;
        assert!(!finished.is_finished() && workers.iter().all(|worker| !worker.is_finished()));
        drain.start();
        finished.await.expect("no panic");
        assert_eq!(drain.held(), 0);
    });
}
