#![allow(clippy::unwrap_used)]

use std::{future::poll_fn, task::Poll};

use super::*;

impl Timer {
    pub(in super::super) fn waiting(&self) -> usize {
        self.0.state().wheel.len()
    }

    pub(in super::super) fn is_running(&self) -> bool {
        self.0.state().running.is_some()
    }
}

/// Waits by an alarm alone.
async fn wait(timer: &Timer, timeout: Duration) {
    let mut alarm: Option<Alarm> = None;
    poll_fn(|cx| {
        let is_due = alarm.as_mut().is_some_and(|alarm| alarm.is_due(cx.waker()));
        if alarm.is_none() {
            alarm = timer.set(timeout, cx.waker());
        }
        if is_due { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Fails where what waits is woken early, more than a tick late, or never.
async fn assert_in_time(limit: Duration, waiting: impl Future<Output = ()>) {
    let begun = Instant::now();
    let _ = tokio::time::timeout(2 * limit + TICK, waiting).await;
    let late = begun.elapsed().checked_sub(limit).unwrap();
    assert!(late <= TICK, "{limit:?}: {late:?} late");
}

#[tokio::test(start_paused = true)]
async fn goes_off_in_time_and_at_most_a_tick_late() {
    let timer = Timer::default();
    for millis in [1, 99, 100, 101, 1_050, 51_200, 200_000] {
        assert_in_time(Duration::from_millis(millis), wait(&timer, Duration::from_millis(millis))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_when_nobody_waits() {
    let timer = Timer::default();
    wait(&timer, Duration::from_millis(250)).await;
    tokio::time::sleep(TICK).await;
    assert!(!timer.is_running());
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_when_the_timer_is_gone() {
    let timer = Timer::default();
    drop(timer.set(Duration::from_secs(60), Waker::noop()));
    drop(timer);
    tokio::time::sleep(2 * TICK).await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_waits_no_more() {
    let timer = Timer::default();
    let alarms: Vec<_> = (0..1_000).map(|_| timer.set(Duration::from_secs(60), Waker::noop())).collect();
    assert_eq!(timer.waiting(), 1_000);
    drop(alarms);
    assert_eq!(timer.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_waits_may_move_to_another_task() {
    let timer = Timer::default();
    let mut waiting = Box::pin(async move { wait(&timer, Duration::from_secs(1)).await });
    let pending = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await;
    assert!(pending);
    // The first task is not woken for it: the second would wait for ever.
    tokio::spawn(assert_in_time(Duration::from_secs(1), waiting)).await.unwrap();
}

#[test]
fn another_runtime_takes_over_from_one_that_ends() {
    let timer = Timer::default();
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (first, second) = (runtime(), runtime());
    first.block_on(async { drop(timer.set(Duration::from_secs(60), Waker::noop())) });
    second.block_on(async {
        let mut waiting = std::pin::pin!(wait(&timer, Duration::from_secs(1)));
        assert!(poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await);
        std::thread::scope(|scope| {
            scope.spawn(move || drop(first));
        });
        assert_in_time(Duration::from_secs(1), waiting).await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_are_woken_on_several_threads() {
    let timer = Timer::default();
    let tasks: Vec<_> = (0..200_u64)
        .map(|n| {
            let timer = timer.clone();
            tokio::spawn(async move { wait(&timer, Duration::from_millis(n % 20)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(timer.waiting(), 0);
}

/// An alarm that is dropped by the waker that another alarm lets go of: nothing may be locked then.
#[tokio::test(start_paused = true)]
async fn a_waker_may_hold_another_alarm() {
    struct Holds(#[expect(dead_code, reason = "it is dropped with the waker")] Option<Alarm>);
    impl std::task::Wake for Holds {
        fn wake(self: Arc<Self>) {}
    }

    let timer = Timer::default();
    let holder = || Waker::from(Arc::new(Holds(timer.set(Duration::from_secs(60), Waker::noop()))));
    let mut alarm = timer.set(Duration::from_secs(1), &holder()).unwrap();
    assert!(!alarm.is_due(&holder()));
    assert!(!alarm.is_due(Waker::noop()));
    assert_eq!(timer.waiting(), 1);
    drop(timer.set(Duration::from_secs(1), &holder()));
    let gone_off = timer.set(Duration::from_secs(1), &holder());
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop((alarm, gone_off));
    assert_eq!(timer.waiting(), 0);
}
