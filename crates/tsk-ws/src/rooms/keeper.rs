//! What has to be done of rooms although nobody asks for it.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    time::Duration,
};

use tsk_core::Drain;

use super::{Inner, clock, live::DIFF_INTERVAL};

/// How often rooms are looked for that are over, and clients that poll no more.
const SWEEP: Duration = Duration::from_secs(5);

/// Whether somebody looks after the rooms. Nobody does while there is nothing to look after.
#[derive(Debug, Default)]
pub(crate) struct Keeper(AtomicBool);

impl Inner {
    /// Has the rooms looked after, from now until there are none, or the service stops. Outside a runtime it does nothing: whoever
    /// connects does it then.
    pub(crate) fn start_keeper(self: &Arc<Self>, drain: Option<&Drain>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.keeper.0.swap(true, AcqRel) {
            runtime.spawn(keep(Arc::downgrade(self), drain.cloned()));
        }
    }
}

async fn keep(rooms: Weak<Inner>, drain: Option<Drain>) {
    let drained = async {
        match &drain {
            Some(drain) => drain.started().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = drained => {
            // Those who poll come again, to whatever is served next: nobody would notice here that they do not.
            rooms.upgrade().into_iter().for_each(|rooms| rooms.polls.clear());
        }
        () = look_after(&rooms) => {}
    }
    if let Some(rooms) = rooms.upgrade() {
        rooms.keeper.0.store(false, std::sync::atomic::Ordering::Release);
        // Somebody may have come while that was being decided.
        let is_stopping = drain.as_ref().is_some_and(Drain::is_started);
        if !is_stopping && !rooms.is_idle() {
            rooms.start_keeper(drain.as_ref());
        }
    }
}

async fn look_after(rooms: &Weak<Inner>) {
    let mut swept = clock::now();
    loop {
        tokio::time::sleep(DIFF_INTERVAL).await;
        let Some(rooms) = rooms.upgrade() else { return };
        let now = clock::now();
        rooms.hub.tick(now);
        if now.saturating_duration_since(swept) >= SWEEP {
            swept = now;
            rooms.hub.sweep(now);
            rooms.polls.sweep(now, rooms.config.poll_timeout);
        }
        if rooms.is_idle() {
            return;
        }
    }
}

impl Inner {
    fn is_idle(&self) -> bool {
        self.hub.len() == 0 && self.polls.is_empty()
    }
}
