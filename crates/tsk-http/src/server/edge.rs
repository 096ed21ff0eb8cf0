//! Where hyper hands a request to the stack.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{Body as EdgeAnswer, gate::Tickets};

use super::{
    checks::{self, Bounds, Refusal},
    probe::Probe,
    pulse::{InFlight, Pulse},
    sweep::Registration,
    tally::Reason,
    upload::RequestBody,
};
use crate::{
    connection::{Conclusion, Shared},
    repeated::Repeated,
};

/// A tower service, called in place: one for each connection.
///
/// Tower would have the service cloned for every request, so that a call can outlive the next. A stack of
/// ours is ready at all times, so it is called where it is, and replaced by a clone only if it once is not.
pub(super) struct Edge<S> {
    service: RefCell<S>,
    pulse: Arc<Pulse>,
    bounds: Bounds,
    probe: Option<Arc<dyn Probe>>,
    shared: Arc<Shared>,
    /// That fields were found to be usual.
    usual: Conclusion,
    /// What the last request had as its host.
    host: RefCell<Repeated>,
}

impl<S> Edge<S> {
    pub(super) fn new(service: S, shared: Arc<Shared>, registration: &Registration) -> Self {
        Self {
            service: RefCell::new(service),
            pulse: Arc::clone(registration.pulse()),
            bounds: registration.limits().bounds,
            probe: registration.probe(),
            usual: Conclusion::new(&shared),
            shared,
            host: RefCell::default(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    #[cold]
    fn refuse(&self, refusal: Refusal, request: &Request<Incoming>) -> Box<Response<EdgeAnswer>> {
        self.pulse.refuse(Reason::Malformed);
        let routes = self.shared.routes().filter(|_| refusal == Refusal::Trace);
        let allow = routes.and_then(|routes| routes.allow(request.uri().path()));
        Box::new(refusal.answer(request.version(), allow.cloned()))
    }
}

impl<S, B> hyper::service::Service<Request<Incoming>> for Edge<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone,
{
    type Response = Response<EdgeBody<B>>;
    type Error = S::Error;
    type Future = EdgeFuture<S>;

    #[inline]
    fn call(&self, mut request: Request<Incoming>) -> EdgeFuture<S> {
        let has_body = !request.body().is_end_stream();
        let mut in_flight = self.pulse.begin_request(has_body);
        if *request.method() == Method::CONNECT {
            in_flight.set_socket();
        }
        let in_flight = Some(in_flight);
        if has_body {
            self.pulse.set_upload_length(request.body().size_hint().exact());
        }
        let checked =
            checks::check(&mut request, has_body, self.bounds, &self.usual, &mut self.host.borrow_mut());
        if let Err(refusal) = checked {
            let answer = Some(self.refuse(refusal, &request));
            return EdgeFuture { state: State::Answered { answer }, in_flight };
        }
        if let Some(probe) = &self.probe
            && let Some(answer) = probe.answer(request.method(), request.uri().path())
        {
            return EdgeFuture { state: State::Answered { answer: Some(Box::new(answer)) }, in_flight };
        }
        let (head, incoming) = request.into_parts();
        let body =
            if has_body { RequestBody::new(incoming, Arc::clone(&self.pulse)) } else { RequestBody::empty() };
        let mut service = self.service.borrow_mut();
        let state = match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => State::Called { future: service.call(Request::from_parts(head, body)) },
            // It goes on to wait, with the right waker, where it was asked: a place in a queue that it has got
            // must not be left to one that nobody asks. An error shows again there.
            _ => {
                let next = service.clone();
                let service = mem::replace(&mut *service, next);
                let request = Request::from_parts(head, body);
                State::Waiting { call: Some(Box::new((service, request))) }
            }
        };
        EdgeFuture { state, in_flight }
    }
}

pin_project! {
    pub(super) struct EdgeFuture<S: Service<Request<RequestBody>>> {
        #[pin]
        state: State<S>,
        in_flight: Option<InFlight>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S: Service<Request<RequestBody>>> {
        Called { #[pin] future: S::Future },
        // Boxed, because it is rare, and the future is moved for every request.
        Waiting { call: Option<Box<(S, Request<RequestBody>)>> },
        // By the edge itself.
        Answered { answer: Option<Box<Response<EdgeAnswer>>> },
    }
}

impl<S, B> Future for EdgeFuture<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
{
    type Output = Result<Response<EdgeBody<B>>, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                StateProjection::Called { future } => {
                    let mut polled = future.poll(cx);
                    if let Poll::Ready(Ok(response)) = &mut polled
                        && let Some(answer) = tell(response, this.in_flight)
                    {
                        this.state.set(State::Answered { answer: Some(answer) });
                        continue;
                    }
                    // It becomes another where it is returned, and not before, when it would have to be moved there.
                    return polled.map_ok(|response| {
                        let in_flight = this.in_flight.take();
                        response.map(|body| EdgeBody::Answer { body, in_flight })
                    });
                }
                StateProjection::Answered { answer } => {
                    let mut response = *answer.take().expect("an answer is given once");
                    let in_flight = this.in_flight.take();
                    if in_flight.as_ref().is_some_and(InFlight::is_last) {
                        close(&mut response);
                    }
                    return Poll::Ready(Ok(
                        response.map(|body| EdgeBody::Own { body, _in_flight: in_flight })
                    ));
                }
                StateProjection::Waiting { call } => {
                    let (service, _) = &mut **call.as_mut().expect("a service is called once");
                    ready!(service.poll_ready(cx))?;
                    let (mut service, request) = *call.take().expect("a service is called once");
                    service.call(request)
                }
            };
            this.state.set(State::Called { future });
        }
    }
}

/// Tells the connection what its answer says, and the client where it is the last. Gives another answer, where this one may not
/// be sent.
#[inline]
fn tell<B>(
    response: &mut Response<B>,
    in_flight: &mut Option<InFlight>,
) -> Option<Box<Response<EdgeAnswer>>> {
    let request = in_flight.as_ref()?;
    if request.is_socket() {
        return open(response, in_flight);
    }
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        request.upgrade();
    } else if request.is_last() {
        close(response);
    }
    None
}

/// Has the socket that an answer opens over HTTP/2 be a request in flight, so that its connection is not taken for idle. Success
/// would open one (RFC 8441 §5): where nobody did, the route has no sockets.
#[cold]
fn open<B>(response: &Response<B>, in_flight: &mut Option<InFlight>) -> Option<Box<Response<EdgeAnswer>>> {
    if !response.status().is_success() {
        return None;
    }
    match response.extensions().get::<Tickets>() {
        Some(tickets) => {
            tickets.keep(in_flight.take());
            None
        }
        None => Some(Box::new(Refusal::Connect.answer(response.version(), None))),
    }
}

pin_project! {
    /// A response body that keeps its request in flight.
    #[project = EdgeBodyProjection]
    pub(super) enum EdgeBody<B> {
        Answer { #[pin] body: B, in_flight: Option<InFlight> },
        Own { body: EdgeAnswer, _in_flight: Option<InFlight> },
    }
}

impl<B: Body<Data = Bytes>> Body for EdgeBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            EdgeBodyProjection::Answer { mut body, in_flight } => {
                let polled = body.as_mut().poll_frame(cx);
                if let Some(in_flight) = in_flight {
                    let is_given = matches!(polled, Poll::Ready(Some(Ok(_))));
                    in_flight.set_offering(is_given && !body.is_end_stream());
                }
                polled
            }
            // It is in memory, and cannot fail.
            EdgeBodyProjection::Own { body, .. } => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.and_then(Result::ok).map(Ok))
            }
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Answer { body, .. } => body.is_end_stream(),
            Self::Own { body, .. } => body.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Answer { body, .. } => body.size_hint(),
            Self::Own { body, .. } => body.size_hint(),
        }
    }
}

/// Tells the client that its connection ends with this answer.
fn close<B>(response: &mut Response<B>) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

impl<S> fmt::Debug for Edge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").field("pulse", &self.pulse).finish_non_exhaustive()
    }
}
