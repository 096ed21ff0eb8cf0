//! A service that may be wrapped.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{Body, BoxError};

use super::{Next, NextFuture};

/// A service, or what [middleware](super::Chain::around) made of it.
#[derive(Debug, Clone)]
pub enum Layered<S> {
    /// The service, called without a detour.
    Plain(S),
    /// The outermost middleware.
    Wrapped(Next),
}

impl<S, B> Service<Request<B>> for Layered<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = LayeredFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        match self {
            Self::Plain(service) => service.poll_ready(cx),
            Self::Wrapped(_) => Poll::Ready(Ok(())),
        }
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answering = match self {
            Self::Plain(service) => Answering::Plain { future: service.call(request) },
            Self::Wrapped(next) => Answering::Wrapped { future: through(next, request) },
        };
        LayeredFuture { answering }
    }
}

/// Out of line, as the room that the request takes on the way would be taken from who is not wrapped.
#[inline(never)]
fn through<B>(next: &mut Next, request: Request<B>) -> NextFuture
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    next.call(request.map(Body::new))
}

pin_project! {
    /// The answer of a [`Layered`] service.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct LayeredFuture<F> {
        #[pin]
        answering: Answering<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projection]
    enum Answering<F> {
        Plain { #[pin] future: F },
        Wrapped { future: NextFuture },
    }
}

impl<F, E> Future for LayeredFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().answering.project() {
            Projection::Plain { future } => future.poll(cx),
            Projection::Wrapped { future } => Pin::new(future).poll(cx).map_err(|never| match never {}),
        }
    }
}
