//! The innermost service: calls the handler of the route that matched.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header, request::Parts};
use tower_service::Service;
use tsk_core::{Body, BoxError, Gate, IntoResponse, Problem, RequestContext};

use self::limited::Limited;
#[cfg(feature = "compression")]
use crate::layer::decompress::DecompressLayer;
use crate::{
    Connection, Routes,
    extract::body_too_large,
    handler::Answering,
    layer::filter::Filter,
    router::{Missed, Target},
    version::{Stamp, vary},
};

mod filtered;
mod gated;
mod limited;
mod observed;

pub(crate) use filtered::Inner;
pub use filtered::{FilteredDispatch, FilteredDispatchFuture};
pub use gated::{GatedDispatch, GatedDispatchFuture};
pub use observed::{ObservedDispatch, ObservedDispatchFuture};

/// Calls the handler of the route that [`Entry`](crate::Entry) matched, and answers where there is none: 404,
/// 405 with `Allow`, and `OPTIONS`.
///
/// `HEAD` is answered by the route for `GET`; [`Exit`](crate::Exit) takes the body off. A request body is read up
/// to the limit of the route, and longer ones are refused with 413, at once where their length is declared. The
/// errors of the body that a handler reads are [`Problem`]s, so that `?` answers with them.
#[derive(Debug, Clone)]
pub struct Dispatch {
    routes: Routes,
    body_limit: u64,
    #[cfg(feature = "compression")]
    decompress: Option<DecompressLayer>,
}

impl Dispatch {
    /// A dispatch to the handlers of `routes`, whose request bodies may have `body_limit` bytes, unless they
    /// declare another limit, or the listener has one.
    pub fn new(routes: Routes, body_limit: u64) -> Self {
        Self {
            routes,
            body_limit,
            #[cfg(feature = "compression")]
            decompress: None,
        }
    }

    /// Decompresses request bodies, as the layer would around this service. Here a request without a body, or one
    /// that is not compressed, costs nothing for it.
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn decompressing(self, decompress: DecompressLayer) -> Self {
        Self { decompress: Some(decompress), ..self }
    }

    /// Puts a filter around the handlers, as its layer would around this service; here a request is moved less for it.
    pub fn filtered<F: Filter>(self, filter: F) -> FilteredDispatch<F> {
        FilteredDispatch::new(Inner::Dispatch(self), filter)
    }

    /// Puts a gate in front of the handlers, if there is one, and filters around it and within.
    pub fn gated<O: Filter, G: Gate, I: Filter + Clone>(
        self,
        outer: O,
        gate: Option<G>,
        within: I,
    ) -> GatedDispatch<O, G, I> {
        GatedDispatch::new(Inner::Dispatch(self), outer, gate, within)
    }
}

impl<B> Service<Request<B>> for Dispatch
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = DispatchFuture;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> DispatchFuture {
        DispatchFuture { answering: self.answer(request) }
    }
}

impl Dispatch {
    #[inline]
    fn answer<B>(&self, request: Request<B>) -> Answering
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let index = RequestContext::get(request.extensions()).map(RequestContext::endpoint_index);
        match index.and_then(|index| self.routes.target(index)) {
            Some(target) if request.body().is_end_stream() => {
                target.handler.call(request.into_parts().0, Body::empty())
            }
            Some(target) => self.with_body(target, request),
            None => self.unmatched(request),
        }
    }

    /// The limit for a body where its route declares none.
    fn body_limit(&self, parts: &Parts) -> u64 {
        let connection = RequestContext::get(&parts.extensions).and_then(Connection::of);
        connection.and_then(Connection::body_limit).unwrap_or(self.body_limit)
    }

    /// The body as a handler reads it: not compressed, and no longer than `limit`.
    fn body<B>(&self, parts: &mut Parts, body: B, limit: u64) -> Result<Body, Problem>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        #[cfg(feature = "compression")]
        if let Some(decompress) = &self.decompress
            && parts.headers.contains_key(header::CONTENT_ENCODING)
        {
            return Ok(limited(decompress.body(parts, body)?, limit));
        }
        match body.size_hint().exact().or_else(|| declared_length(&parts.headers)) {
            Some(length) if length > limit => Err(body_too_large(limit)),
            _ => Ok(limited(body, limit)),
        }
    }

    fn with_body<B>(&self, target: &Target, request: Request<B>) -> Answering
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (mut parts, body) = request.into_parts();
        let limit = target.body_limit.unwrap_or_else(|| self.body_limit(&parts));
        match self.body(&mut parts, body, limit) {
            Ok(body) => target.handler.call(parts, body),
            Err(problem) => refused(parts, problem),
        }
    }

    #[cold]
    fn unmatched<B>(&self, request: Request<B>) -> Answering
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        // RFC 9110 §9.3.7: it asks about the server as a whole, which is well.
        if parts.uri.path() == "*" {
            return at_once(StatusCode::NO_CONTENT.into_response());
        }
        let is_options = parts.method == Method::OPTIONS;
        let options = |allow| (StatusCode::NO_CONTENT, ([(header::ALLOW, allow)], ())).into_response();
        let missed = self.routes.missed(parts.uri.path(), &parts.headers);
        let version = self.routes.version_header().filter(|_| matches!(missed, Missed::Version { .. }));
        let (mut response, stamp) = match missed {
            Missed::Path => return self.fallback(parts, body),
            Missed::Method { allow, stamp } if is_options => (options(allow), stamp),
            Missed::Method { allow, stamp } => {
                let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow);
                (problem.into_response(), stamp)
            }
            // Who only asks what there is need not name a version.
            Missed::Version { allow: Some(allow), stamp, .. } if is_options => (options(allow), stamp),
            Missed::Version { problem, stamp, .. } => (problem.into_response(), stamp),
        };
        if let Some(stamp) = stamp {
            stamp.apply(&mut response);
        } else if let Some(header) = version {
            vary(response.headers_mut(), header);
        }
        at_once(response)
    }

    fn fallback<B>(&self, mut parts: Parts, body: B) -> Answering
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match self.routes.fallback() {
            Some(fallback) => {
                let limit = self.body_limit(&parts);
                match self.body(&mut parts, body, limit) {
                    Ok(body) => fallback.call(parts, body),
                    Err(problem) => at_once(problem.into_response()),
                }
            }
            None => at_once(Problem::new(StatusCode::NOT_FOUND).into_response()),
        }
    }
}

/// The answer to a request that did not get to its route.
#[cold]
fn refused(parts: Parts, problem: Problem) -> Answering {
    let mut response = problem.into_response();
    if let Some(context) = RequestContext::get(&parts.extensions) {
        Stamp::apply_for(context, &mut response);
    }
    at_once(response)
}

fn at_once(response: Response<Body>) -> Answering {
    Box::pin(std::future::ready(response))
}

fn limited<B>(body: B, limit: u64) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Body::new(Limited::new(body, limit))
}

/// Where the body itself does not know: that of hyper does.
#[cold]
fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The answer of a handler.
#[must_use = "futures do nothing unless polled"]
pub struct DispatchFuture {
    answering: Answering,
}

impl Future for DispatchFuture {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answering.as_mut().poll(cx).map(Ok)
    }
}

impl std::fmt::Debug for DispatchFuture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DispatchFuture")
    }
}
