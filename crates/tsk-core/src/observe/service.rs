//! The tower adapter of observers.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{Observe, ObservedBody, running::Running};
use crate::{End, RequestContext};

/// Puts an [`Observe`] around a service.
#[derive(Debug, Clone)]
pub struct ObserveLayer<O>(O);

impl<O: Observe + Clone> ObserveLayer<O> {
    /// A layer for `observer`, which is cloned once for each request: share an expensive one by `Arc`.
    pub fn new(observer: O) -> Self {
        Self(observer)
    }
}

impl<S, O: Clone> Layer<S> for ObserveLayer<O> {
    type Service = Observed<S, O>;

    fn layer(&self, inner: S) -> Self::Service {
        Observed { inner, observer: self.0.clone() }
    }
}

/// A service that is observed.
#[derive(Debug, Clone)]
pub struct Observed<S, O> {
    inner: S,
    observer: O,
}

impl<S, O, B, R> Service<Request<B>> for Observed<S, O>
where
    S: Service<Request<B>, Response = Response<R>>,
    O: Observe + Clone,
    R: HttpBody,
{
    type Response = Response<ObservedBody<R, O>>;
    type Error = S::Error;
    type Future = ObservedFuture<S::Future, O>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mut running = self.observer.is_active().then(|| {
            let context = RequestContext::ensure(request.extensions_mut());
            Box::new(Running::begin(&self.observer, &request, context))
        });
        let guard = running.as_deref_mut().map(Running::enter);
        let inner = self.inner.call(request);
        drop(guard);
        if let Some(running) = &mut running {
            running.leave();
        }
        ObservedFuture { inner, running }
    }
}

pin_project! {
    /// The answer of an observed service.
    #[must_use = "futures do nothing unless polled"]
    pub struct ObservedFuture<F, O: Observe> {
        #[pin]
        inner: F,
        // Boxed, because it is large and goes with the future, the answer and its body, all of which are moved.
        running: Option<Box<Running<O>>>,
    }
}

impl<F, O, R, E> Future for ObservedFuture<F, O>
where
    F: Future<Output = Result<Response<R>, E>>,
    O: Observe,
    R: HttpBody,
{
    type Output = Result<Response<ObservedBody<R, O>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = {
            let _guard = this.running.as_deref_mut().map(Running::enter);
            this.inner.poll(cx)
        };
        if let Some(running) = this.running {
            running.leave();
            match &polled {
                Poll::Pending => {}
                Poll::Ready(Ok(response)) => running.answered(response),
                Poll::Ready(Err(_)) => running.end(End::Failed),
            }
        }
        // It becomes another where it is returned, and not before, when it would have to be moved there.
        polled.map_ok(|response| {
            let running = this.running.take();
            response.map(|body| ObservedBody::new(body, running))
        })
    }
}

impl<F, O: Observe> fmt::Debug for ObservedFuture<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedFuture")
    }
}
