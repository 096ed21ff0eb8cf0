//! A server that shares its limits with others.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tsk_core::Drain;
use tsk_ratelimit::store::redis::{Redis, Settings};
use tsk_ratelimit::store::remote::{Settled, Unavailable};
use tsk_ratelimit::{Charge, Outage, store::Remote as _};

use crate::until;

/// What a server has of limits in Redis: a store, and a thread that runs it. Ended when dropped.
#[derive(Debug)]
pub struct Sharing {
    /// The store.
    pub redis: Redis,
    handle: Handle,
    drain: Drain,
    running: Option<JoinHandle<()>>,
}

impl Sharing {
    /// Starts to connect.
    pub fn start(settings: Settings) -> Self {
        let redis = Redis::new(settings).expect("settings that can be used");
        let (drain, (sender, receiver)) = (Drain::new(), mpsc::channel());
        let running = thread::spawn({
            let (redis, drain) = (redis.clone(), drain.clone());
            move || {
                let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
                sender.send(runtime.handle().clone()).expect("somebody waits for it");
                runtime.block_on(redis.run(drain));
            }
        });
        let handle = receiver.recv().expect("the thread has begun");
        Self { redis, handle, drain, running: Some(running) }
    }

    /// Charges, and waits for the answer.
    pub fn debit(&self, charges: &[(Charge, Outage)]) -> Result<Settled, Unavailable> {
        self.handle.block_on(self.redis.debit(charges.to_vec()))
    }

    /// Charges one account, and says whether it was allowed.
    pub fn allows(&self, charge: Charge, outage: Outage) -> bool {
        self.debit(&[(charge, outage)]).is_ok_and(|settled| settled.verdict.is_allowed())
    }

    /// Waits until the store can be asked, or cannot.
    pub fn until_connected(&self, is_connected: bool) {
        until("connection or its end", || {
            let standing = self.redis.standing();
            if standing.is_connected == is_connected { Ok(()) } else { Err(standing) }
        });
    }

    /// Waits until the reason for which it cannot be asked contains a text.
    pub fn until_says(&self, text: &str) {
        until(text, || {
            let standing = self.redis.standing();
            let says = standing.reason.as_ref().is_some_and(|reason| reason.contains(text));
            if says && !standing.is_connected { Ok(()) } else { Err(standing) }
        });
    }
}

impl Drop for Sharing {
    fn drop(&mut self) {
        self.drain.start();
        let ended = self.running.take().expect("it is dropped once").join();
        assert!(ended.is_ok() || thread::panicking(), "the store panicked");
    }
}
