//! What layers have in common that look at the head of a request, and at its answer.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse, Problem};

/// The answer of a filter itself; boxed, because it is rare, and what is kept of a request is moved with it.
pub type Refusal = Box<Response<Body>>;

/// Looks at the head of a request, which it may answer itself, and at the answer, which it may change.
///
/// A pair of filters is a filter, and so are more of them, as in `(a, (b, c))`: all of them share one call, one future
/// and one reference count, so that a request is not moved from each to the next. The first is the outermost: it sees
/// the request first, and the answer last, those of further filters included.
///
/// ```
/// use http::{HeaderValue, Request, Response, header};
/// use tsk_http::{Body, Router, layer::filter::{Filter, FilterLayer, Refusal}};
/// use tower_layer::Layer;
///
/// /// Says that an answer is not to be kept.
/// struct Fleeting;
///
/// impl Filter for Fleeting {
///     type State = ();
///
///     fn begin<B>(&self, _: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
///         Ok(())
///     }
///
///     fn end(&self, (): &mut (), response: &mut Response<Body>) {
///         response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
///     }
/// }
///
/// let routes = Router::new().build()?;
/// let service = FilterLayer::new(Fleeting).layer(routes.service(tsk_core::Peer::Local));
/// # Ok::<(), tsk_http::Error>(())
/// ```
pub trait Filter: Send + Sync + 'static {
    /// What is kept for each request; by default of one that has not begun. It may be moved with the request's future, so it should
    /// be small.
    type State: Default + Send + 'static;

    /// Whether it answers for a service that panics, with a 500 problem that then goes through all filters.
    const CATCHES: bool = false;

    /// A request came. What is to be kept of it is put where it stays.
    ///
    /// # Errors
    ///
    /// The answer, where the service is not to be asked.
    fn begin<B>(&self, request: &mut Request<B>, state: &mut Self::State) -> Result<(), Refusal>;

    /// There is no answer yet. The filter may give one in the service's stead, which is then dropped; or have
    /// the task woken when it wants to be asked again.
    #[inline]
    fn pending(&self, state: &mut Self::State, cx: &mut Context<'_>) -> Option<Refusal> {
        let _ = (state, cx);
        None
    }

    /// There is an answer. What is kept of the request is dropped afterwards.
    fn end(&self, state: &mut Self::State, response: &mut Response<Body>);
}

/// Lets everything pass.
impl Filter for () {
    type State = ();

    #[inline]
    fn begin<B>(&self, _: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
        Ok(())
    }

    #[inline]
    fn end(&self, (): &mut (), _: &mut Response<Body>) {}
}

/// A filter that is not there lets everything pass.
impl<F: Filter> Filter for Option<F> {
    type State = Option<F::State>;
    const CATCHES: bool = F::CATCHES;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, state: &mut Self::State) -> Result<(), Refusal> {
        match self {
            Some(filter) => filter.begin(request, state.insert(F::State::default())),
            None => Ok(()),
        }
    }

    #[inline]
    fn pending(&self, state: &mut Self::State, cx: &mut Context<'_>) -> Option<Refusal> {
        self.as_ref()?.pending(state.as_mut()?, cx)
    }

    #[inline]
    fn end(&self, state: &mut Self::State, response: &mut Response<Body>) {
        if let (Some(filter), Some(state)) = (self, state) {
            filter.end(state, response);
        }
    }
}

/// What is the same for all connections can be shared by them.
impl<F: Filter> Filter for Arc<F> {
    type State = F::State;
    const CATCHES: bool = F::CATCHES;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, state: &mut Self::State) -> Result<(), Refusal> {
        (**self).begin(request, state)
    }

    #[inline]
    fn pending(&self, state: &mut Self::State, cx: &mut Context<'_>) -> Option<Refusal> {
        (**self).pending(state, cx)
    }

    #[inline]
    fn end(&self, state: &mut Self::State, response: &mut Response<Body>) {
        (**self).end(state, response);
    }
}

/// The first is the outer.
impl<A: Filter, B: Filter> Filter for (A, B) {
    type State = (A::State, B::State);
    const CATCHES: bool = A::CATCHES || B::CATCHES;

    #[inline]
    fn begin<C>(&self, request: &mut Request<C>, (outer, inner): &mut Self::State) -> Result<(), Refusal> {
        self.0.begin(request, outer)?;
        self.1.begin(request, inner).map_err(|mut refusal| {
            self.0.end(outer, &mut refusal);
            refusal
        })
    }

    #[inline]
    fn pending(&self, (outer, inner): &mut Self::State, cx: &mut Context<'_>) -> Option<Refusal> {
        self.0.pending(outer, cx).or_else(|| self.1.pending(inner, cx))
    }

    #[inline]
    fn end(&self, (outer, inner): &mut Self::State, response: &mut Response<Body>) {
        self.1.end(inner, response);
        self.0.end(outer, response);
    }
}

/// Puts a filter around a service.
#[derive(Debug)]
pub struct FilterLayer<F>(Arc<F>);

impl<F> FilterLayer<F> {
    /// A layer of that filter.
    pub fn new(filter: F) -> Self {
        Self(Arc::new(filter))
    }
}

impl<F> Clone for FilterLayer<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, F> Layer<S> for FilterLayer<F> {
    type Service = Filtered<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        Filtered { inner, filter: Arc::clone(&self.0) }
    }
}

/// A service with a filter around it.
#[derive(Debug)]
pub struct Filtered<S, F> {
    inner: S,
    filter: Arc<F>,
}

impl<S: Clone, F> Clone for Filtered<S, F> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), filter: Arc::clone(&self.filter) }
    }
}

impl<S, F, B, R> Service<Request<B>> for Filtered<S, F>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    F: Filter,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = FilteredFuture<S::Future, F>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mut state = F::State::default();
        if let Err(refusal) = self.filter.begin(&mut request, &mut state) {
            // What the service reserved when it became ready is given back by dropping it.
            self.inner = self.inner.clone();
            return FilteredFuture { running: Running::Refused { refusal: Some(refusal) } };
        }
        let asked = if F::CATCHES {
            // What a panic leaves behind is dropped with the request; nothing reads it.
            catch_unwind(AssertUnwindSafe(|| self.inner.call(request))).ok()
        } else {
            Some(self.inner.call(request))
        };
        let filter = Arc::clone(&self.filter);
        FilteredFuture { running: Running::Asked { asked, filter, state: Some(state) } }
    }
}

pin_project! {
    /// The answer of a service with a filter around it.
    #[must_use = "futures do nothing unless polled"]
    pub struct FilteredFuture<S, F: Filter> {
        #[pin]
        running: Running<S, F>,
    }
}

pin_project! {
    #[project = RunningProjection]
    enum Running<S, F: Filter> {
        Asked {
            // Absent where the call itself panicked.
            #[pin]
            asked: Option<S>,
            filter: Arc<F>,
            state: Option<F::State>,
        },
        Refused { refusal: Option<Refusal> },
    }
}

impl<S, F, R, E> Future for FilteredFuture<S, F>
where
    S: Future<Output = Result<Response<R>, E>>,
    F: Filter,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (asked, filter, state) = match self.project().running.project() {
            RunningProjection::Asked { asked, filter, state } => (asked, filter, state),
            RunningProjection::Refused { refusal } => {
                let refusal = refusal.take().expect("not polled after it was ready");
                return Poll::Ready(Ok(*refusal));
            }
        };
        let polled = match asked.as_pin_mut() {
            Some(asked) if F::CATCHES => catch_unwind(AssertUnwindSafe(|| asked.poll(cx))).ok(),
            Some(asked) => Some(asked.poll(cx)),
            None => None,
        };
        let mut response = match polled {
            Some(Poll::Ready(response)) => response?.map(Body::new),
            Some(Poll::Pending) => match state.as_mut().and_then(|state| filter.pending(state, cx)) {
                Some(refusal) => *refusal,
                None => return Poll::Pending,
            },
            None => panicked(),
        };
        if let Some(mut state) = state.take() {
            filter.end(&mut state, &mut response);
        }
        Poll::Ready(Ok(response))
    }
}

impl<S, F: Filter> fmt::Debug for FilteredFuture<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilteredFuture")
    }
}

// The panic hook has printed the message, and where it came from.
#[cold]
pub(crate) fn panicked() -> Response<Body> {
    Problem::internal("the handler panicked").into_response()
}

#[cfg(test)]
mod tests;
