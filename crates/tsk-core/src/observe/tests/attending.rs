//! A service that does what the adapter does, by a [`Watch`].

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use crate::{
    Body, Observe, RequestContext,
    observe::Watch,
    tests::{Answering, Broken, Scripted},
};

/// A service that observes its requests itself, in one call and one future with the rest of what it does.
#[derive(Clone)]
pub(super) struct Attending<O>(pub(super) Scripted, pub(super) O);

impl<O: Observe + Clone> Service<Request<()>> for Attending<O> {
    type Response = Response<Body>;
    type Error = Broken;
    type Future = AttendingFuture<O>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<()>) -> AttendingFuture<O> {
        let context = RequestContext::ensure(request.extensions_mut());
        let mut watch = self.1.is_active().then(|| Watch::begin(&self.1, &request, context));
        let guard = watch.as_mut().map(Watch::enter);
        let answering = self.0.call(request);
        drop(guard);
        watch.iter_mut().for_each(Watch::leave);
        AttendingFuture { answering, watch }
    }
}

pub(super) struct AttendingFuture<O: Observe> {
    answering: Answering,
    watch: Option<Watch<O>>,
}

impl<O: Observe> Future for AttendingFuture<O> {
    type Output = Result<Response<Body>, Broken>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { answering, watch } = &mut *self;
        let guard = watch.as_mut().map(Watch::enter);
        let mut polled = Pin::new(answering).poll(cx).map_ok(|response| response.map(Body::new));
        drop(guard);
        watch.iter_mut().for_each(Watch::leave);
        if let Poll::Ready(Ok(response)) = &mut polled
            && let Some(watch) = watch.take()
        {
            watch.attend(response);
        }
        polled
    }
}
