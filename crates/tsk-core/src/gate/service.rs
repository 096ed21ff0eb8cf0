//! The tower adapter of gates.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{Admission, Gate, Ticket, Tickets};
use crate::{Body, BoxError, Head, RequestContext};

/// Puts a [`Gate`] in front of a service.
#[derive(Debug, Clone)]
pub struct GateLayer<G>(G);

impl<G: Gate + Clone> GateLayer<G> {
    /// A layer for `gate`. The gate is cloned with the service, so share an expensive one by `Arc`.
    pub fn new(gate: G) -> Self {
        Self(gate)
    }
}

impl<S, G: Clone> Layer<S> for GateLayer<G> {
    type Service = Gated<S, G>;

    fn layer(&self, inner: S) -> Self::Service {
        Gated { inner, gate: self.0.clone() }
    }
}

/// A service behind a [`Gate`].
#[derive(Debug, Clone)]
pub struct Gated<S, G> {
    inner: S,
    gate: G,
}

impl<S, G, B, R> Service<Request<B>> for Gated<S, G>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    G: Gate,
{
    type Response = Response<GatedBody<R, G::Ticket>>;
    type Error = S::Error;
    type Future = GatedFuture<S, B, G>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let admission = match Head::new(&request) {
            Some(head) => self.gate.admit(head),
            None => {
                let context = RequestContext::ensure(request.extensions_mut());
                self.gate.admit(Head::with(&request, &context))
            }
        };
        let state = match admission {
            Admission::Pass(ticket) => {
                State::Running { future: self.inner.call(request), ticket: Some(ticket) }
            }
            Admission::Refuse(response) => {
                // What the service reserved when it became ready, a permit say, is given back by dropping it:
                // a connection that is refused and then idles must not keep it.
                self.inner = self.inner.clone();
                State::Refused { response: Some(Box::new(response)) }
            }
            Admission::Wait(wait) => {
                // The service that was polled ready goes along; a fresh clone stays.
                let fresh = self.inner.clone();
                let service = std::mem::replace(&mut self.inner, fresh);
                State::Waiting { wait: Box::pin(wait), call: Some(Box::new((service, request))) }
            }
        };
        GatedFuture { state }
    }
}

pin_project! {
    /// The answer of a service behind a gate.
    #[must_use = "futures do nothing unless polled"]
    pub struct GatedFuture<S, B, G>
    where
        S: Service<Request<B>>,
        G: Gate,
    {
        #[pin]
        state: State<S, B, G>,
    }
}

pin_project! {
    // A future is moved again and again on its way out, so what is rare is boxed: it must not make what is common
    // any larger.
    #[project = StateProjection]
    enum State<S, B, G>
    where
        S: Service<Request<B>>,
        G: Gate,
    {
        Running { #[pin] future: S::Future, ticket: Option<G::Ticket> },
        Refused { response: Option<Box<Response<Body>>> },
        Waiting { wait: Pin<Box<G::Wait>>, call: Option<Box<(S, Request<B>)>> },
    }
}

impl<S, B, G, R> Future for GatedFuture<S, B, G>
where
    S: Service<Request<B>, Response = Response<R>>,
    G: Gate,
{
    type Output = Result<Response<GatedBody<R, G::Ticket>>, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Running { future, ticket } => {
                    let result = ready!(future.poll(cx));
                    let ticket = ticket.take().expect("not polled after it was ready");
                    return Poll::Ready(result.map(|response| admitted(response, ticket)));
                }
                StateProjection::Refused { response } => {
                    let response = response.take().expect("not polled after it was ready");
                    return Poll::Ready(Ok(response.map(GatedBody::from)));
                }
                StateProjection::Waiting { wait, call } => match ready!(wait.as_mut().poll(cx)) {
                    Ok(ticket) => {
                        let (mut service, request) = *call.take().expect("a wait ends once");
                        State::Running { future: service.call(request), ticket: Some(ticket) }
                    }
                    Err(response) => State::Refused { response: Some(Box::new(response)) },
                },
            };
            state.set(next);
        }
    }
}

impl<S: Service<Request<B>>, B, G: Gate> std::fmt::Debug for GatedFuture<S, B, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatedFuture")
    }
}

/// Has the answer to an admitted request stamped by its ticket, and hold it.
#[inline]
pub fn admitted<R, T: Ticket>(mut response: Response<R>, ticket: T) -> Response<GatedBody<R, T>> {
    ticket.answered(response.status());
    ticket.stamp(response.headers_mut());
    let ticket = match response.extensions().get::<Tickets>() {
        Some(socket) => {
            socket.keep(ticket);
            None
        }
        None => Some(ticket),
    };
    response.map(|body| GatedBody { body: Either::Admitted { body }, ticket })
}

pin_project! {
    /// A response body that holds its request's ticket until it has ended.
    #[derive(Debug)]
    pub struct GatedBody<B, T> {
        #[pin]
        body: Either<B>,
        ticket: Option<T>,
    }
}

pin_project! {
    #[project = EitherProjection]
    #[derive(Debug)]
    enum Either<B> {
        Admitted { #[pin] body: B },
        Refused { #[pin] body: Body },
    }
}

/// A body that stands in the place of the service's, and holds no ticket.
impl<B, T> From<Body> for GatedBody<B, T> {
    fn from(body: Body) -> Self {
        Self { body: Either::Refused { body }, ticket: None }
    }
}

/// An empty body in the place of the service's.
impl<B, T> Default for GatedBody<B, T> {
    fn default() -> Self {
        Body::empty().into()
    }
}

impl<B, T> HttpBody for GatedBody<B, T>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let (frame, ended) = match this.body.project() {
            EitherProjection::Admitted { mut body } => {
                let frame = ready!(body.as_mut().poll_frame(cx)).map(|frame| frame.map_err(Into::into));
                (frame, body.is_end_stream())
            }
            EitherProjection::Refused { mut body } => {
                (ready!(body.as_mut().poll_frame(cx)), body.is_end_stream())
            }
        };
        if ended || !matches!(frame, Some(Ok(_))) {
            *this.ticket = None;
        }
        Poll::Ready(frame)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.body {
            Either::Admitted { body } => body.is_end_stream(),
            Either::Refused { body } => body.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Either::Admitted { body } => body.size_hint(),
            Either::Refused { body } => body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests;
