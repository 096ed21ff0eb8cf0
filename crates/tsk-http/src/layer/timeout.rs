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
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use http::{Request, Response, StatusCode};
use tower_layer::Layer;
use tsk_core::{
    BindError, Body, Declare, Endpoint, IntoResponse, Operation, Policy, Problem, RequestContext, RouteTable,
    problem::Kind,
};

mod timer;
mod wheel;

pub use timer::Alarm;
use timer::Timer;

use super::filter::{Filter, FilterLayer, Filtered, Refusal};

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
            operation.problem(503, "The answer was not begun in time.");
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
    type Service = Filtered<S, Self>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

/// How far a request is.
#[derive(Debug, Default)]
pub enum Waiting {
    /// The service has not had to wait yet; the index of its route, where that matters.
    Unset(u32),
    /// It waits, and has a limit.
    Set(Box<Alarm>),
    /// It waits as long as it likes.
    #[default]
    Unlimited,
}

impl Filter for TimeoutLayer {
    type State = Waiting;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, waiting: &mut Waiting) -> Result<(), Refusal> {
        // Where no route declares a time, it does not matter which one this is.
        let context = if self.declared.is_empty() { None } else { RequestContext::get(request.extensions()) };
        let endpoint = context.and_then(|context| u32::try_from(context.endpoint().index()).ok());
        *waiting = Waiting::Unset(endpoint.unwrap_or(u32::MAX));
        Ok(())
    }

    #[inline]
    fn pending(&self, waiting: &mut Waiting, cx: &mut Context<'_>) -> Option<Refusal> {
        match waiting {
            Waiting::Unlimited => None,
            Waiting::Set(alarm) => alarm.is_due(cx.waker()).then(|| late(alarm.timeout())),
            Waiting::Unset(endpoint) => {
                *waiting = self.set(*endpoint, cx.waker());
                None
            }
        }
    }

    #[inline]
    fn end(&self, _: &mut Waiting, _: &mut Response<Body>) {}
}

impl TimeoutLayer {
    fn set(&self, endpoint: u32, waker: &Waker) -> Waiting {
        let limit = self.declared.get(endpoint as usize).copied().unwrap_or(self.default);
        let alarm = limit.and_then(|limit| self.timer.set(limit, waker));
        alarm.map_or(Waiting::Unlimited, |alarm| Waiting::Set(Box::new(alarm)))
    }
}

#[cold]
fn late(limit: Duration) -> Refusal {
    let problem = Problem::of(TIMEOUT).detail("The service took too long to answer.");
    Box::new(problem.with_source(format!("no answer within {limit:?}")).into_response())
}

#[cfg(test)]
mod tests;
