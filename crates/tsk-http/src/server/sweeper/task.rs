//! Sweeps by a task.

use std::{
    io,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::watch::{Receiver, Sender, channel},
    task::yield_now,
};

use super::Sweep;

pub(super) fn start(sweep: Sweep) -> io::Result<Sender<Duration>> {
    let (tell, told) = channel(Duration::ZERO);
    tokio::spawn(run(sweep, Timer::new()?, told));
    Ok(tell)
}

async fn run(mut sweep: Sweep, timer: Timer, mut told: Receiver<Duration>) {
    if told.changed().await.is_err() {
        return;
    }
    loop {
        sweep.interval = *told.borrow_and_update();
        let pause = sweep.go_on(Instant::now());
        let going = tokio::select! {
            told = told.changed() => told.is_ok(),
            // The runtime ends where it fails.
            waited = timer.wait(pause) => waited.is_ok(),
        };
        if !going {
            return;
        }
    }
}

/// A timer of the system's, which wakes as a socket does.
///
/// With one of its own, the runtime reads the clock and looks through its timers each time that its thread goes to sleep,
/// which is once a request where they come one by one.
#[derive(Debug)]
struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    #[expect(
        deprecated,
        reason = "what is unsound is to hand it a type that tells of one descriptor and then of another"
    )]
    fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        AsyncFd::with_interest(timer, Interest::READABLE).map(Self)
    }

    /// It may be over early where an earlier wait was given up.
    async fn wait(&self, time: Duration) -> io::Result<()> {
        if time.is_zero() {
            // As the time of a timer, that is never.
            yield_now().await;
            return Ok(());
        }
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let time = Timespec::try_from(time).map_err(io::Error::other)?;
        let time = Itimerspec { it_interval: once, it_value: time };
        // That takes back what it has told before, so that nothing has to be read of it.
        timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &time)?;
        self.0.readable().await?.clear_ready();
        Ok(())
    }
}
