//! What a request that is worked on holds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    time::Instant,
};

use http::{HeaderMap, StatusCode, header};
use tsk_core::Ticket;

use super::gate::Shared;

/// A place among those that are worked on, until the answer has ended.
///
/// How long a request takes is measured to the head of its answer: how fast a client reads what follows says nothing of the
/// service. An event stream, and a connection that becomes another protocol's, give the place back with the head, as they
/// mostly wait for something to happen.
#[derive(Debug)]
pub struct Permit {
    shared: Arc<Shared>,
    started: Instant,
    route: u32,
    /// Nobody else changes it, but what is held across threads has to be an atomic.
    state: AtomicU8,
}

const WORKING: u8 = 0;
const BEGUN: u8 = 1;
const RETURNED: u8 = 2;

impl Permit {
    #[inline]
    pub(super) fn new(shared: Arc<Shared>, route: u32) -> Self {
        Self { shared, started: Instant::now(), route, state: AtomicU8::new(WORKING) }
    }

    /// Gives the place back before the answer has ended.
    fn give_back(&self) {
        self.state.store(RETURNED, Relaxed);
        self.shared.leave(true);
    }

    fn measure(&self, is_example: bool) {
        let now = Instant::now();
        self.shared.measure(self.route, now.saturating_duration_since(self.started), is_example, now);
    }
}

impl Ticket for Permit {
    #[inline]
    fn answered(&self, status: StatusCode) {
        // A refusal, an error or a page that is not there is mostly quicker than what was asked for, and so is a failure of what
        // is behind the service. None of them says how long the work takes.
        self.measure(status.is_success() || status.is_redirection());
        self.state.store(BEGUN, Relaxed);
        self.shared.begun();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            self.give_back();
        }
    }

    #[inline]
    fn stamp(&self, headers: &mut HeaderMap) {
        let kind = headers.get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
            self.give_back();
        }
    }
}

impl Drop for Permit {
    #[inline]
    fn drop(&mut self) {
        match *self.state.get_mut() {
            WORKING => {
                // It has failed, or nobody waits for it any more.
                self.measure(false);
                self.shared.leave(false);
            }
            BEGUN => self.shared.leave(true),
            _ => {}
        }
    }
}
