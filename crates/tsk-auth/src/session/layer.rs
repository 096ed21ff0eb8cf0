//! Cookies, where no server of ours writes them.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response, header};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::RequestContext;

/// Writes the cookies of [`Session`](super::Session) to the answer, whatever that is: for a service of axum or plain hyper. It goes
/// around the gate. A server of `tsk-http` does so itself.
///
/// ```
/// use tower_layer::Layer as _;
/// use tsk_auth::session::CookieLayer;
/// # fn example<S, G: tsk_core::Gate + Clone>(gate: G, service: S) {
/// let service = CookieLayer.layer(tsk_core::GateLayer::new(gate).layer(service));
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct CookieLayer;

/// A service whose answers have the cookies.
#[derive(Debug, Clone)]
pub struct CookieService<S> {
    inner: S,
}

impl<S> Layer<S> for CookieLayer {
    type Service = CookieService<S>;

    fn layer(&self, inner: S) -> CookieService<S> {
        CookieService { inner }
    }
}

impl<S, B, R> Service<Request<B>> for CookieService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = CookieFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = RequestContext::ensure(request.extensions_mut());
        CookieFuture { future: self.inner.call(request), context }
    }
}

pin_project! {
    /// An answer that is given its cookies.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct CookieFuture<F> {
        #[pin]
        future: F,
        context: RequestContext,
    }
}

impl<F, R, E> Future for CookieFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx))?;
        for cookie in this.context.take_cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Poll::Ready(Ok(response))
    }
}
