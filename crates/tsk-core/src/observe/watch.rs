//! Observation, for a service that does more in one call.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{Observe, running::Running};
use crate::{Body, BoxError, RequestContext};

/// A request that is observed, from its begin to its end: what [`Observed`](super::Observed) does, for a service that does more in
/// one call, and answers with a [`Body`]. Dropping it is an end too.
///
/// Around all that is asked of the service there is an [`enter`](Self::enter) and a [`leave`](Self::leave); where it panics in
/// between, the request has failed. The guard is to be dropped before it is left.
///
/// ```
/// use http::{Request, Response};
/// use tsk_core::{Body, Observe, RequestContext, observe::Watch};
///
/// fn answer<O: Observe + Clone>(observer: &O, mut request: Request<()>) -> Response<Body> {
///     let context = RequestContext::ensure(request.extensions_mut());
///     let mut watch = observer.is_active().then(|| Watch::begin(observer, &request, context));
///     let guard = watch.as_mut().map(Watch::enter);
///     let mut response = Response::new(Body::from("hello"));
///     drop(guard);
///     if let Some(mut watch) = watch {
///         watch.leave();
///         watch.attend(&mut response);
///     }
///     response
/// }
/// ```
// Boxed, because it is large and goes with the future of the service, which is moved. The answer's body is moved into the same
// box, which then is the body.
pub struct Watch<O: Observe>(Pin<Box<Attended<O>>>);

impl<O: Observe + Clone> Watch<O> {
    /// Begins to observe a request, whose context this is.
    #[inline]
    pub fn begin<B>(observer: &O, request: &Request<B>, context: RequestContext) -> Self {
        let running = Running::begin(observer, request, context);
        Self(Box::pin(Attended { body: Body::empty(), running }))
    }
}

impl<O: Observe> Watch<O> {
    /// The service is about to be called or polled for this request.
    #[inline]
    pub fn enter(&mut self) -> O::Guard<'_> {
        self.0.running.enter()
    }

    /// The service was called or polled.
    #[inline]
    pub fn leave(&mut self) {
        self.0.running.leave();
    }

    /// There is an answer, with whose body it goes from then on. The answer is not moved for it.
    #[inline]
    pub fn attend(mut self, response: &mut Response<Body>) {
        self.0.running.answered(response);
        if self.0.running.goes_on() {
            mem::swap(&mut self.0.body, response.body_mut());
            *response.body_mut() = Body::boxed(self.0);
        }
    }
}

impl<O: Observe> fmt::Debug for Watch<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// A request, and the body of its answer once there is one.
///
/// What a dropped request held is gone by the time that its end is told, so the body comes first.
struct Attended<O: Observe> {
    body: Body,
    running: Running<O>,
}

/// The state of an observer is never pinned.
impl<O: Observe> Unpin for Attended<O> {}

impl<O: Observe> HttpBody for Attended<O> {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, running } = &mut *self;
        running.poll_frame(Pin::new(body), cx)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
