//! Signs of life of a connection, and what it is asked to do.
//!
//! A timer a request would cost more than routing does. So a connection only counts what it does, and the
//! [sweeper](super::sweeper) looks at all of them from time to time.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock, PoisonError},
    task::Waker,
};

use super::{
    ahead::Came,
    framing::Body,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    tally::Reason,
    upload::Uploads,
};

/// What one connection does, and what it is asked to do.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Each request in flight holds a reference besides the pulse's own.
    counts: Arc<Counts>,
    /// Whether the last request has a body.
    has_upload: AtomicBool,
    /// How long that is in bytes, `u64::MAX` where it is not said.
    upload_length: AtomicU64,
    /// Whether the last write found no room.
    is_stalled: AtomicBool,
    /// Whether the handshake of TLS is under way.
    is_shaking: AtomicBool,
    /// Whether written bytes may be held back, and whether some are.
    may_hold: AtomicBool,
    is_holding: AtomicBool,
    /// A [`Reason`], or 0.
    refused: AtomicU8,
    waker: Mutex<Option<Waker>>,
    uploads: Uploads,
    /// What the connection occupies, where it has become a socket.
    kept: OnceLock<Kept>,
}

/// What is never looked at, and given back when it is dropped.
struct Kept {
    _held: Box<dyn Any + Send + Sync>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Requests so far.
    requests: AtomicU32,
    /// Whether the client was told that another protocol follows.
    is_upgraded: AtomicBool,
    /// Answers that have more to send, and wait for the client to take what they gave.
    offered: AtomicU32,
    /// Bytes that were read.
    received: AtomicU64,
    /// How many of them there had been when the last request ended: what is read after that is the head of a
    /// further one.
    settled: AtomicU64,
    /// Bytes that the system took.
    sent: AtomicU64,
    command: AtomicU8,
    /// Whether bytes need not be the head of a request: HTTP/2 has pings.
    is_multiplexed: AtomicBool,
    /// Whether all that had come when the server was told to stop has been made a request.
    is_dry: AtomicBool,
    /// How many requests there are once all have been made that came whole since then, and whether a part of a further
    /// one has come.
    expected: AtomicU32,
    has_more: AtomicBool,
}

/// A request whose answer has not been sent to its end.
#[derive(Debug)]
pub(super) struct InFlight {
    counts: Arc<Counts>,
    is_offering: bool,
    has_body: bool,
    /// Whether it asks for a socket over HTTP/2.
    is_socket: bool,
}

impl Counts {
    /// Whether the last request is the last that came. What came behind it may be its own body.
    #[cold]
    fn is_caught_up(&self, has_body: bool) -> bool {
        let missing = self.expected.load(Relaxed).wrapping_sub(self.requests.load(Relaxed)) as i32;
        missing <= 0 && (has_body || !self.has_more.load(Relaxed))
    }
}

impl InFlight {
    /// Whether the client is to be told that no further request of the connection is answered.
    ///
    /// It is not as long as a further one may have come already, which would then be lost. HTTP/2 has its own
    /// way to say so.
    #[inline]
    pub(super) fn is_last(&self) -> bool {
        let command = self.counts.command.load(Relaxed);
        command != Command::Serve as u8
            && self.counts.is_dry.load(Relaxed)
            && !self.counts.is_multiplexed.load(Relaxed)
            && (command == Command::Last as u8 || self.counts.is_caught_up(self.has_body))
    }

    /// Notes that a socket is asked for over HTTP/2.
    #[cold]
    pub(super) fn set_socket(&mut self) {
        self.is_socket = true;
    }

    #[inline]
    pub(super) fn is_socket(&self) -> bool {
        self.is_socket
    }

    /// Notes that another protocol follows the answer.
    #[cold]
    pub(super) fn upgrade(&self) {
        self.counts.is_upgraded.store(true, Relaxed);
    }

    /// Says whether the answer waits for the client to take what it gave.
    #[inline]
    pub(super) fn set_offering(&mut self, offering: bool) {
        if self.is_offering != offering {
            self.is_offering = offering;
            // The streams of a connection are sent by tasks of their own.
            if offering {
                self.counts.offered.fetch_add(1, Relaxed);
            } else {
                self.counts.offered.fetch_sub(1, Relaxed);
            }
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        self.set_offering(false);
        self.counts.settled.store(self.counts.received.load(Relaxed), Relaxed);
    }
}

/// What a connection is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Command {
    /// Go on.
    Serve = 0,
    /// Say with the answer that it is the last, as what the client sends further cannot be read.
    Last = 1,
    /// Answer what comes, and say with it that it was the last.
    Retire = 2,
    /// Finish what was begun, then close.
    Finish = 3,
    /// Close.
    Close = 4,
}

impl Pulse {
    // Only the connection's own task counts, so a load and a store do; other threads may read a value late.
    #[inline]
    pub(super) fn count_received(&self, bytes: usize) {
        let received = &self.counts.received;
        received.store(received.load(Relaxed).wrapping_add(bytes as u64), Relaxed);
    }

    #[inline]
    pub(super) fn count_sent(&self, bytes: usize) {
        let sent = &self.counts.sent;
        sent.store(sent.load(Relaxed).wrapping_add(bytes as u64), Relaxed);
    }

    #[inline]
    pub(super) fn begin_request(&self, has_body: bool) -> InFlight {
        self.has_upload.store(has_body, Relaxed);
        let requests = &self.counts.requests;
        requests.store(requests.load(Relaxed).wrapping_add(1), Relaxed);
        InFlight { counts: Arc::clone(&self.counts), is_offering: false, has_body, is_socket: false }
    }

    /// Notes how long the body of the last request is, where it has one.
    pub(super) fn set_upload_length(&self, length: Option<u64>) {
        self.upload_length.store(length.unwrap_or(u64::MAX), Relaxed);
    }

    /// The body of the last request, in HTTP/1; `None` where there are no more requests than those given.
    #[inline]
    pub(super) fn body_behind(&self, requests: u32) -> Option<Body> {
        if self.requests() == requests {
            return None;
        }
        Some(match self.upload_length.load(Relaxed) {
            _ if !self.has_upload() => Body::None,
            u64::MAX => Body::Chunked,
            length => Body::Length(length),
        })
    }

    /// Notes that the client sends what is not going to be read.
    pub(super) fn set_unread(&self) {
        self.has_upload.store(true, Relaxed);
    }

    pub(super) fn has_upload(&self) -> bool {
        self.has_upload.load(Relaxed)
    }

    #[inline]
    pub(super) fn requests(&self) -> u32 {
        self.counts.requests.load(Relaxed)
    }

    pub(super) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.counts) > 1
    }

    /// Whether bytes have come since the last request ended.
    pub(super) fn has_begun_head(&self) -> bool {
        self.counts.received.load(Relaxed) != self.counts.settled.load(Relaxed)
    }

    pub(super) fn received(&self) -> u64 {
        self.counts.received.load(Relaxed)
    }

    pub(super) fn sent(&self) -> u64 {
        self.counts.sent.load(Relaxed)
    }

    pub(super) fn set_stalled(&self, stalled: bool) {
        self.is_stalled.store(stalled, Relaxed);
    }

    /// Whether something waits for the client to read: the connection, or of HTTP/2 a stream.
    pub(super) fn waits_for_reader(&self) -> bool {
        self.is_stalled.load(Relaxed) || self.counts.offered.load(Relaxed) > 0
    }

    #[inline]
    pub(super) fn allow_holding(&self, allowed: bool) {
        self.may_hold.store(allowed, Relaxed);
    }

    #[inline]
    pub(super) fn may_hold(&self) -> bool {
        self.may_hold.load(Relaxed)
    }

    #[inline]
    pub(super) fn set_holding(&self, holding: bool) {
        self.is_holding.store(holding, Relaxed);
    }

    #[inline]
    pub(super) fn is_holding(&self) -> bool {
        self.is_holding.load(Relaxed)
    }

    pub(super) fn is_shaking(&self) -> bool {
        self.is_shaking.load(Relaxed)
    }

    #[cfg(feature = "tls")]
    pub(super) fn set_shaking(&self, shaking: bool) {
        self.is_shaking.store(shaking, Relaxed);
    }

    pub(super) fn set_multiplexed(&self) {
        self.counts.is_multiplexed.store(true, Relaxed);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.counts.is_multiplexed.load(Relaxed)
    }

    /// Notes what has come for a connection that was told to end. Before it reads on, what came before has been made
    /// requests.
    pub(super) fn set_ahead(&self, Came { heads, has_more }: Came) {
        self.counts.expected.store(self.requests().wrapping_add(heads), Relaxed);
        self.counts.has_more.store(has_more, Relaxed);
    }

    /// Notes that no further request can be read of a connection of HTTP/1, which its answer says.
    pub(super) fn end_requests(&self) {
        if !self.is_multiplexed() {
            self.counts.command.fetch_max(Command::Last as u8, Relaxed);
            self.set_dry();
        }
    }

    pub(super) fn set_dry(&self) {
        self.counts.is_dry.store(true, Relaxed);
    }

    pub(super) fn is_dry(&self) -> bool {
        self.counts.is_dry.load(Relaxed)
    }

    #[inline]
    pub(super) fn is_upgraded(&self) -> bool {
        self.counts.is_upgraded.load(Relaxed)
    }

    #[inline]
    pub(super) fn command(&self) -> Command {
        match self.counts.command.load(Relaxed) {
            0 => Command::Serve,
            1 => Command::Last,
            2 => Command::Retire,
            3 => Command::Finish,
            _ => Command::Close,
        }
    }

    /// Notes that a request was refused which nobody observes.
    pub(super) fn refuse(&self, reason: Reason) {
        self.refused.store(reason as u8, Relaxed);
    }

    pub(super) fn refused(&self) -> Option<Reason> {
        match self.refused.load(Relaxed) {
            0 => None,
            1 => Some(Reason::Malformed),
            _ => Some(Reason::Late),
        }
    }

    /// Keeps something until the connection is closed: whoever speaks another protocol on it holds the pulse along with it.
    pub(super) fn keep(&self, held: impl Send + 'static) {
        // Behind a lock it can be shared, whatever it is.
        let _ = self.kept.set(Kept { _held: Box::new(std::sync::Mutex::new(held)) });
    }

    pub(super) fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// Sets who is woken by a command.
    pub(super) fn register(&self, waker: &Waker) {
        *self.waker() = Some(waker.clone());
    }

    pub(super) fn give(&self, command: Command) {
        self.counts.command.fetch_max(command as u8, Relaxed);
        // The lock orders the command before the wake, and a registration before or after both.
        let waker = self.waker().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
