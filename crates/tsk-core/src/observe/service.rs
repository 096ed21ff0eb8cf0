//! The tower adapter of observers.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{Observe, Watch};
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
        let mut watch = self.observer.is_active().then(|| {
            let context = RequestContext::ensure(request.extensions_mut());
            let mut watch = Box::new(Watch::new(self.observer.clone(), &request, context));
            watch.begin(&request);
            watch
        });
        let guard = watch.as_deref_mut().map(Watch::enter);
        let inner = self.inner.call(request);
        drop(guard);
        if let Some(watch) = &mut watch {
            watch.leave();
        }
        ObservedFuture { inner, watch }
    }
}

pin_project! {
    /// The answer of an observed service.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ObservedFuture<F, O: Observe> {
        #[pin]
        inner: F,
        // Boxed, because it is large and goes with the future, the answer and its body, all of which are moved.
        watch: Option<Box<Watch<O>>>,
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
            let _guard = this.watch.as_deref_mut().map(Watch::enter);
            this.inner.poll(cx)
        };
        if let Some(watch) = this.watch {
            watch.leave();
            match &polled {
                Poll::Pending => {}
                Poll::Ready(Ok(response)) => watch.answered(response),
                Poll::Ready(Err(_)) => watch.end(End::Failed),
            }
        }
        // It becomes another where it is returned, and not before, when it would have to be moved there.
        polled.map_ok(|response| {
            let watch = this.watch.take();
            response.map(|body| ObservedBody { body, watch })
        })
    }
}

pin_project! {
    /// A response body whose end is observed.
    #[derive(Debug)]
    pub struct ObservedBody<B, O: Observe> {
        #[pin]
        body: B,
        watch: Option<Box<Watch<O>>>,
    }
}

impl<B: HttpBody, O: Observe> HttpBody for ObservedBody<B, O> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        match this.watch {
            Some(watch) => watch.poll_frame(this.body, cx),
            None => this.body.poll_frame(cx),
        }
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
