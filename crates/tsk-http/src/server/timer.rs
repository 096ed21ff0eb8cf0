//! A timer that costs nothing while it waits.

use std::{io, os::fd::OwnedFd, time::Duration};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::yield_now,
};

/// A timer of the system's, which wakes a task as a socket does, on Linux: for what is done now and then where one thread serves.
///
/// With a timer of its own, the runtime reads the clock and looks through its timers each time that its thread goes to sleep,
/// which is once a request where they come one by one. With this one, it does not.
///
/// ```
/// use std::time::Duration;
/// use tsk_http::server::Timer;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
/// # runtime.block_on(async {
/// let timer = Timer::new()?;
/// for _ in 0..3 {
///     timer.wait(Duration::from_millis(1)).await?;
/// }
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    /// A timer that is not set. It takes a descriptor of the process, for as long as it is kept.
    ///
    /// # Errors
    ///
    /// The process has as many descriptors as it may have.
    ///
    /// # Panics
    ///
    /// Outside of a runtime of tokio that takes sockets.
    #[expect(
        deprecated,
        reason = "what is unsound is to hand it a type that tells of one descriptor and then of another"
    )]
    pub fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        AsyncFd::with_interest(timer, Interest::READABLE).map(Self)
    }

    /// Waits for so long. One task waits at a time; its wait may be over early where an earlier one was given up.
    ///
    /// # Errors
    ///
    /// The runtime ends, or no timer of the system's can be set so far ahead.
    pub async fn wait(&self, time: Duration) -> io::Result<()> {
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
