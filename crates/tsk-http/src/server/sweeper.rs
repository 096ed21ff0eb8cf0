//! The task that sweeps, at a pace that others hardly notice.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::yield_now,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use super::sweep::{Connections, Due, PARTS};

/// Between some connections that are ended and the next, in which others are served.
const PAUSE: Duration = Duration::from_millis(1);

/// How long such a pause may be: timers have a millisecond's precision.
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// How many are ended without a pause even where fewer would do.
const AT_ONCE: usize = 4;

/// Sweeps at each interval, for as long as it is polled.
pub(super) async fn run(connections: Arc<Connections>, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for part in 0..PARTS {
            end(connections.sweep(part, Instant::now()), every / PARTS as u32).await;
            yield_now().await;
        }
    }
}

/// Ends what is late evenly within a time: thousands that came together are late together.
async fn end(due: Vec<Due>, within: Duration) {
    let pauses = (within.as_millis() / LONGEST_PAUSE.as_millis()).max(1) as usize;
    let at_once = due.len().div_ceil(pauses).max(AT_ONCE);
    let mut due = due.into_iter();
    while due.len() > 0 {
        due.by_ref().take(at_once).for_each(Due::end);
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Config,
        server::{pulse::Command, sweep::Limits},
    };

    #[tokio::test(start_paused = true)]
    async fn who_is_late_together_is_ended_evenly_and_in_time() {
        const COUNT: usize = 5_000;
        let connections = Arc::new(Connections::default());
        let limits = Arc::new(Limits::new(&Config::default(), None));
        let late: Vec<_> =
            (0..COUNT).map(|_| connections.open(Arc::clone(&limits), tsk_core::Peer::Local)).collect();
        let ended = || late.iter().filter(|late| late.pulse().command() == Command::Close).count();
        let sweeper = tokio::spawn(run(Arc::clone(&connections), limits.interval()));
        sleep(limits.first_byte).await;
        let (mut seen, deadline) = (0, Instant::now() + limits.first_byte / 4);
        while seen < COUNT {
            let now = ended();
            assert!(now - seen <= COUNT / 100, "{} at once", now - seen);
            seen = now;
            assert!(Instant::now() <= deadline, "{seen} of {COUNT} in time");
            sleep(PAUSE).await;
        }
        sweeper.abort();
    }
}
