//! Bodies of requests, and how fast they come.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, PoisonError},
    task::{Context, Poll, Wake, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tsk_core::{BoxError, Problem, problem::Kind};

use super::{
    pulse::Pulse,
    sweep::{Pace, Rate},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// A request body came too slowly.
pub const TOO_SLOW: Kind = Kind {
    uri: "urn:tsk:problems/body-too-slow",
    title: "Request body too slow",
    status: StatusCode::REQUEST_TIMEOUT,
};

/// The body of a request, as it comes from the client.
///
/// It fails with a [`Problem`], 408, where somebody waits for it and the client sends less than the configured
/// [`body_min_rate`](crate::Config::body_min_rate).
pub struct RequestBody {
    // Boxed, because most requests have none, and are moved with it.
    incoming: Option<Box<Arriving>>,
}

/// A body of which there is something to read.
#[derive(Debug)]
struct Arriving {
    incoming: Incoming,
    pulse: Arc<Pulse>,
    /// Made only once somebody has to wait, which most bodies, having come with their head, have nobody do.
    upload: Option<(Arc<Upload>, Waker)>,
}

impl RequestBody {
    /// A body without content.
    #[inline]
    pub(super) const fn empty() -> Self {
        Self { incoming: None }
    }

    pub(super) fn new(incoming: Incoming, pulse: Arc<Pulse>) -> Self {
        Self { incoming: Some(Box::new(Arriving { incoming, pulse, upload: None })) }
    }
}

impl Arriving {
    /// Notes that the request is the last: where its body ends is not known.
    #[cold]
    fn fail(&self, error: hyper::Error) -> BoxError {
        self.pulse.end_requests();
        error.into()
    }

    #[cold]
    fn watch(&mut self) {
        let upload = Arc::new(Upload::default());
        self.pulse.uploads().add(&upload);
        let waker = Waker::from(Arc::clone(&upload));
        self.upload = Some((upload, waker));
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.upload.is_none() {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Pending => self.watch(),
                polled => return polled.map_err(|error| self.fail(error)),
            }
        }
        let Some((upload, waker)) = &self.upload else { return Poll::Pending };
        upload.wait(cx.waker());
        let polled = Pin::new(&mut self.incoming).poll_frame(&mut Context::from_waker(waker));
        if polled.is_pending() && upload.is_late.load(Relaxed) {
            return Poll::Ready(Some(Err(too_slow().into())));
        }
        let frame = ready!(polled);
        upload.receive(frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len)));
        Poll::Ready(frame.map(|frame| frame.map_err(|error| self.fail(error))))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.incoming {
            Some(arriving) => arriving.poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(|arriving| arriving.incoming.is_end_stream())
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.incoming {
            Some(arriving) => arriving.incoming.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some((upload, _)) = &self.upload {
            self.pulse.uploads().remove(upload);
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("incoming", &self.incoming).finish_non_exhaustive()
    }
}

#[cold]
fn too_slow() -> Problem {
    Problem::of(TOO_SLOW)
        .detail("The body came too slowly.")
        // What the client still sends is not read, so the connection cannot be used again.
        .header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// A body that somebody has waited for.
#[derive(Debug, Default)]
pub(super) struct Upload {
    /// Whether somebody waits, and nothing has come since.
    is_awaited: AtomicBool,
    pub(super) is_late: AtomicBool,
    received: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

impl Upload {
    pub(super) fn wait(&self, waker: &Waker) {
        let mut slot = lock(&self.waker);
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
        self.is_awaited.store(true, Relaxed);
    }

    fn receive(&self, bytes: Option<usize>) {
        self.is_awaited.store(false, Relaxed);
        self.received.fetch_add(bytes.unwrap_or_default() as u64, Relaxed);
    }

    /// Ends the wait. Not under a lock of a sweep's, as a waker may drop the last that is left of a body.
    pub(super) fn fail(&self) {
        self.is_late.store(true, Relaxed);
        self.wake_waiting();
    }

    fn wake_waiting(&self) {
        let waker = lock(&self.waker).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Whoever reads the body is woken, and from now on it is for them to go on.
impl Wake for Upload {
    fn wake(self: Arc<Self>) {
        self.is_awaited.store(false, Relaxed);
        self.wake_waiting();
    }
}

/// The bodies of a connection that somebody has waited for.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<Vec<Watched>>);

#[derive(Debug)]
struct Watched {
    upload: Arc<Upload>,
    pace: Pace,
    /// Whether it was awaited when it was last looked at.
    was_awaited: bool,
}

impl Uploads {
    fn add(&self, upload: &Arc<Upload>) {
        let (upload, pace) = (Arc::clone(upload), Pace::default());
        lock(&self.0).push(Watched { upload, pace, was_awaited: false });
    }

    fn remove(&self, upload: &Arc<Upload>) {
        lock(&self.0).retain(|watched| !Arc::ptr_eq(&watched.upload, upload));
    }

    /// Names bodies that come too slowly. Only the time that somebody waits counts.
    pub(super) fn sweep(&self, elapsed: Duration, rate: Rate, mut late: impl FnMut(Arc<Upload>)) {
        for Watched { upload, pace, was_awaited } in &mut *lock(&self.0) {
            let is_awaited = upload.is_awaited.load(Relaxed);
            let waited = if *was_awaited && is_awaited { elapsed } else { Duration::ZERO };
            *was_awaited = is_awaited;
            if pace.is_too_slow(upload.received.load(Relaxed), waited, rate) && is_awaited {
                late(Arc::clone(upload));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
