//! What has to be done of rooms although nobody asks for it.

use std::{
    sync::{
        Arc, OnceLock, Weak,
        atomic::{
            AtomicBool,
            Ordering::{AcqRel, Release},
        },
    },
    time::{Duration, Instant},
};

use tsk_core::Drain;

use super::{
    Inner, access::Access, clock, live::DIFF_INTERVAL, registry::User, settings::Settings, topic::Topic,
};

/// How often rooms are looked for that are over, and clients that poll no more.
const SWEEP: Duration = Duration::from_secs(5);

/// Whether somebody looks after the rooms. Nobody does while there is nothing to look after.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    is_there: AtomicBool,
    /// Of the service, once somebody has connected.
    drain: OnceLock<Drain>,
}

impl Keeper {
    /// Whether the service is stopping, or another is in its place already.
    pub(crate) fn is_draining(&self) -> bool {
        self.drain.get().is_some_and(Drain::is_started)
    }
}

impl Inner {
    /// Has the rooms looked after, from now until there are none, or the service stops. Outside a runtime it does nothing: whoever
    /// connects does it then.
    pub(crate) fn start_keeper(self: &Arc<Self>, drain: Option<&Drain>) {
        if let Some(drain) = drain {
            self.keeper.drain.get_or_init(|| drain.clone());
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.keeper.is_there.swap(true, AcqRel) {
            runtime.spawn(keep(Arc::downgrade(self)));
        }
    }
}

async fn keep(rooms: Weak<Inner>) {
    let mut swept = clock::now();
    loop {
        tokio::time::sleep(DIFF_INTERVAL).await;
        let Some(rooms) = rooms.upgrade() else { return };
        let now = clock::now();
        rooms.hub.tick(now);
        if rooms.keeper.is_draining() {
            // Those who poll come again, to whatever is served next: nobody would notice here that they do not.
            rooms.polls.clear();
            rooms.close_what_is_over(now);
            return rooms.keeper.is_there.store(false, Release);
        }
        if now.saturating_duration_since(swept) >= SWEEP {
            swept = now;
            rooms.hub.sweep(now);
            rooms.polls.sweep(now, rooms.config.poll_timeout);
        }
        if rooms.is_idle() {
            rooms.keeper.is_there.store(false, Release);
            // Somebody may have come while that was being decided.
            if !rooms.is_idle() {
                rooms.start_keeper(None);
            }
            return;
        }
    }
}

impl Inner {
    /// Closes rooms to members that the declaration in this one's place lets in no more. They are told at once, and not when their
    /// sockets are closed: until then they would hear what is said by those who may.
    fn close_what_is_over(&self, now: Instant) {
        if let Some(next) = self.hub.successor() {
            self.hub.close_to(now, |topic, connection| !next.may_let_in(topic, connection.user.as_ref()));
        }
    }

    /// Whether somebody may be in a room, as far as that can be told without its proof of who it is: of a permission it is asked when
    /// it comes back.
    pub(crate) fn may_let_in(&self, topic: &Topic, user: Option<&User>) -> bool {
        self.kind(topic).is_some_and(|kind| {
            let Settings { pattern, join, .. } = &*kind.settings;
            pattern.admits(topic, user.map(User::id))
                && match join {
                    Access::Everyone => true,
                    Access::Authenticated | Access::Permission(_) => user.is_some(),
                    Access::Nobody => false,
                }
        })
    }

    fn is_idle(&self) -> bool {
        self.hub.len() == 0 && self.polls.is_empty()
    }
}
