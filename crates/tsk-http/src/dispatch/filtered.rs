//! Filters around what answers, at the least cost.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;
use tsk_core::{Body, BoxError};

use super::{Dispatch, at_once};
use crate::{
    handler::Answering,
    layer::filter::{Filter, panicked},
    middleware::Next,
};

/// A [`Dispatch`], or the middleware around one, with a filter around it: what the filter's layer would make of it.
///
/// It knows that the answer has the one body type and comes from a box, so that a request and its answer are moved less
/// often on the way through the filter.
#[derive(Debug)]
pub struct FilteredDispatch<F> {
    inner: Inner,
    filter: Arc<F>,
}

#[derive(Debug, Clone)]
pub(crate) enum Inner {
    Dispatch(Dispatch),
    Next(Next),
}

impl<F: Filter> FilteredDispatch<F> {
    pub(crate) fn new(inner: Inner, filter: F) -> Self {
        Self { inner, filter: Arc::new(filter) }
    }
}

impl<F> Clone for FilteredDispatch<F> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), filter: Arc::clone(&self.filter) }
    }
}

impl Inner {
    #[inline]
    pub(super) fn answer<B>(&self, request: Request<B>) -> Answering
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match self {
            Self::Dispatch(dispatch) => dispatch.answer(request),
            Self::Next(next) => through(next, request),
        }
    }
}

/// Out of line, as the room that the request takes on the way would be taken from who is not wrapped.
#[inline(never)]
fn through<B>(next: &Next, request: Request<B>) -> Answering
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    next.begin(request.map(Body::new))
}

impl<F, B> Service<Request<B>> for FilteredDispatch<F>
where
    F: Filter,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = FilteredDispatchFuture<F>;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> FilteredDispatchFuture<F> {
        let filter = Arc::clone(&self.filter);
        let mut future = FilteredDispatchFuture { answering: None, filter, state: None };
        let state = future.state.insert(F::State::default());
        if let Err(refusal) = self.filter.begin(&mut request, state) {
            future.state = None;
            future.answering = Some(at_once(*refusal));
            return future;
        }
        future.answering = if F::CATCHES {
            // What a panic leaves behind is dropped with the request; nothing reads it.
            catch_unwind(AssertUnwindSafe(|| self.inner.answer(request))).ok()
        } else {
            Some(self.inner.answer(request))
        };
        future
    }
}

/// The answer of a [`FilteredDispatch`].
#[must_use = "futures do nothing unless polled"]
pub struct FilteredDispatchFuture<F: Filter> {
    /// Absent where the call itself panicked.
    answering: Option<Answering>,
    filter: Arc<F>,
    /// Absent where the filter answers itself.
    state: Option<F::State>,
}

/// The state of a filter is never pinned.
impl<F: Filter> Unpin for FilteredDispatchFuture<F> {}

impl<F: Filter> Future for FilteredDispatchFuture<F> {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { answering, filter, state } = &mut *self;
        poll_asked(answering, &**filter, state, cx)
    }
}

/// The answer is changed in the one place that it is put, as each further one would be another move of it.
#[inline]
fn poll_asked<F: Filter>(
    answering: &mut Option<Answering>,
    filter: &F,
    state: &mut Option<F::State>,
    cx: &mut Context<'_>,
) -> Poll<Result<Response<Body>, Infallible>> {
    let mut polled = Poll::Pending;
    let mut poll = || {
        if let Some(answering) = answering {
            polled = answering.as_mut().poll(cx).map(Ok);
        }
        answering.is_some()
    };
    let is_alive = if F::CATCHES { catch_unwind(AssertUnwindSafe(poll)).unwrap_or(false) } else { poll() };
    if polled.is_pending() {
        let refusal = if is_alive {
            state.as_mut().and_then(|state| filter.pending(state, cx)).map(|refusal| *refusal)
        } else {
            Some(panicked())
        };
        polled = refusal.map_or(Poll::Pending, |refusal| Poll::Ready(Ok(refusal)));
    }
    if let Poll::Ready(Ok(response)) = &mut polled
        && let Some(kept) = state
    {
        filter.end(kept, response);
        *state = None;
    }
    polled
}

impl<F: Filter> fmt::Debug for FilteredDispatchFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilteredDispatchFuture")
    }
}
