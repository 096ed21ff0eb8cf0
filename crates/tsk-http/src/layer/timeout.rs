//! How long a service may take to begin its answer.
//!
//! ```
//! use std::time::Duration;
//! use tsk_http::{Router, get, layer::timeout::{DeclareTimeout, TimeoutLayer}};
//!
//! let mut timeout = TimeoutLayer::new(Duration::from_secs(30));
//! let mut routes = Router::new()
//!     .route(get("/quick", || async { "at once" }).timeout(Duration::from_secs(1)))
//!     .route(get("/wait", || async { "in the end" }).timeout(None))
//!     .build()?;
//! routes.bind(&mut timeout)?;
//! # Ok::<(), tsk_http::Error>(())
//! ```

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body as _;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    BindError, Body, Declare, Endpoint, IntoResponse, Operation, Policy, Problem, RequestContext, RouteTable,
    problem::Kind,
};

mod timer;
mod wheel;

use timer::{Alarm, Timer};

/// A service that did not begin its answer in time.
///
/// It is 503 and not 504, which a gateway answers for another server (RFC 9110 §15.6.5). There is no
/// `retry-after`: nobody knows when it would be better, and a client that asks again at once would make it
/// worse.
const TIMEOUT: Kind =
    Kind { uri: "urn:tsk:problems/timeout", title: "Timeout", status: StatusCode::SERVICE_UNAVAILABLE };

/// Answers 503 for a service that has not begun its answer in time, and drops what it was doing.
///
/// The time runs from the moment the service first has to wait; one that answers at once is not timed at all.
/// It runs to the head of the answer: how long a body takes, such as an event stream, is not looked at. It is
/// enforced up to a tenth of a second late, never early, by one task for all services of this layer, which is
/// there while one of them waits.
///
/// Its services are to be polled within a tokio runtime that has a clock.
#[derive(Debug, Clone)]
pub struct TimeoutLayer {
    default: Option<Duration>,
    /// By the index of the route; empty where no route has a time of its own.
    declared: Arc<[Option<Duration>]>,
    timer: Timer,
}

impl TimeoutLayer {
    /// A layer that waits that long for routes that do not say otherwise; zero is for ever.
    pub fn new(default: Duration) -> Self {
        Self { default: Some(default).filter(is_limit), declared: Arc::default(), timer: Timer::default() }
    }
}

/// Learns what the routes declare.
impl Policy for TimeoutLayer {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        if routes.iter().any(|endpoint| endpoint.meta().get::<Declared>().is_some()) {
            let endpoints = (0..routes.len()).map(|index| self.limit(routes.get(index)));
            self.declared = endpoints.collect();
        }
        Ok(())
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        if self.limit(endpoint).is_some() {
            operation.respond(503, "The answer was not begun in time.");
        }
    }
}

impl TimeoutLayer {
    fn limit(&self, endpoint: &Endpoint) -> Option<Duration> {
        endpoint.meta().get().map_or(self.default, |Declared(limit)| *limit)
    }
}

/// How long a route may take.
struct Declared(Option<Duration>);

/// Declares how long routes may take.
pub trait DeclareTimeout: Declare + Sized {
    /// Sets how long a handler may take to begin its answer, in the place of `http.handler_timeout` of the
    /// configuration; `None`, or zero, for as long as it likes.
    ///
    /// A handler that is too late is dropped where it waits, and the client gets 503.
    #[must_use]
    fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.meta_mut().insert(Declared(limit.into().filter(is_limit)));
        self
    }
}

impl<T: Declare> DeclareTimeout for T {}

fn is_limit(limit: &Duration) -> bool {
    !limit.is_zero()
}

impl<S> Layer<S> for TimeoutLayer {
    type Service = Timeout<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let is_on = self.default.is_some() || !self.declared.is_empty();
        Timeout { inner, plan: is_on.then(|| Arc::new(self.clone())) }
    }
}

/// A service that is to begin its answer in time.
#[derive(Debug, Clone)]
pub struct Timeout<S> {
    inner: S,
    // Of its own, so that the count that each request touches is not every core's.
    plan: Option<Arc<TimeoutLayer>>,
}

impl<S, B, R> Service<Request<B>> for Timeout<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = TimeoutFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let waiting = self.plan.as_ref().map(|plan| {
            // Where no route declares a time, it does not matter which one this is.
            let context =
                if plan.declared.is_empty() { None } else { RequestContext::get(request.extensions()) };
            let endpoint = context.and_then(|context| u32::try_from(context.endpoint().index()).ok());
            Waiting::Unset { plan: Arc::clone(plan), endpoint: endpoint.unwrap_or(u32::MAX) }
        });
        TimeoutFuture { inner: self.inner.call(request), waiting }
    }
}

pin_project! {
    /// The answer of a service with a [`Timeout`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TimeoutFuture<F> {
        #[pin]
        inner: F,
        // `None` where there is no limit.
        waiting: Option<Waiting>,
    }
}

enum Waiting {
    /// The service has not had to wait yet.
    Unset {
        plan: Arc<TimeoutLayer>,
        endpoint: u32,
    },
    Set {
        alarm: Box<Alarm>,
    },
}

impl<F, R, E> Future for TimeoutFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut polled = this.inner.poll(cx);
        if polled.is_pending()
            && let Some(limit) = wait(this.waiting, cx)
        {
            polled = Poll::Ready(Ok(late(limit).map(|body| whole(body).into())));
        }
        polled
    }
}

/// The limit, if it has passed. Otherwise the task is woken when it has.
fn wait(waiting: &mut Option<Waiting>, cx: &Context<'_>) -> Option<Duration> {
    match waiting {
        None => None,
        Some(Waiting::Set { alarm }) => alarm.is_due(cx.waker()).then(|| alarm.timeout()),
        Some(Waiting::Unset { plan, endpoint }) => {
            let limit = plan.declared.get(*endpoint as usize).copied().unwrap_or(plan.default);
            let alarm = limit.and_then(|limit| plan.timer.set(limit, cx.waker()));
            *waiting = alarm.map(|alarm| Waiting::Set { alarm: Box::new(alarm) });
            None
        }
    }
}

#[cold]
fn late(limit: Duration) -> Response<Body> {
    Problem::of(TIMEOUT)
        .detail("The service took too long to answer.")
        .with_source(format!("no answer within {limit:?}"))
        .into_response()
}

/// The body of a problem, which is one piece.
fn whole(mut body: Body) -> Bytes {
    let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    match polled {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        _ => Bytes::new(),
    }
}

impl<F> fmt::Debug for TimeoutFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeoutFuture")
    }
}

#[cfg(test)]
mod tests;
