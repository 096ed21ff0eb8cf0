//! Conditional requests (RFC 9110 §13) for what handlers give: 304 for who has it already, 412 for who counts on another
//! state.
//!
//! A handler gives its answer an `ETag`, a `Last-Modified`, or both, and need not look at the request:
//!
//! ```
//! use tower_layer::Layer;
//! use tsk_http::layer::conditional::ConditionalLayer;
//! use tsk_http::{Dispatch, ETag, Entry, Router, get};
//!
//! let article = || async { ([ETag::version(7).into()], "what it says") };
//! let routes = Router::new().route(get("/article", article)).build()?;
//! let service = ConditionalLayer::new().layer(Dispatch::new(routes.clone(), 1 << 20));
//! let service = Entry::new(service, routes, tsk_core::Peer::Local);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! It weighs `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since`, in the order of §13.2.2, against
//! an answer to GET or HEAD that is a success and has a validator. Of a request that changes something nothing is
//! weighed here, since the handler has acted by then: it takes [`Preconditions`] and asks before.
//!
//! The layer saves what is sent, not what the handler does. It belongs outside
//! [compression](crate::layer::compress), whose answers have another tag, and whose 304 must say so.

use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use tower_layer::Layer;
use tsk_core::{Body, IntoResponse, Problem};

use super::filter::{Filter, FilterLayer, Filtered, Refusal};
use crate::{
    Connection,
    conditional::{Preconditions, Validators, Verdict},
    connection::Conclusion,
};

mod tag;

pub use tag::tag_content;

/// Answers conditional requests for a service that gives its answers validators.
#[derive(Debug, Clone, Default)]
pub struct ConditionalLayer {
    /// That fields have no condition.
    without: Conclusion,
}

impl ConditionalLayer {
    /// There is nothing to set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves this connection alone, and right where its server calls the service: what the fields of a request came to
    /// is not asked again of the next with the same fields. Not for a place where a request has waited before, or where
    /// its fields have been changed.
    #[must_use]
    pub fn on(self, connection: &Connection) -> Self {
        Self { without: Conclusion::new(connection.shared()) }
    }
}

impl<S> Layer<S> for ConditionalLayer {
    type Service = Filtered<S, Self>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

impl Filter for ConditionalLayer {
    // Boxed, because it is rare, and the future is moved for every request.
    type State = Option<Box<Preconditions>>;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, preconditions: &mut Self::State) -> Result<(), Refusal> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || self.without.get().is_some() {
            return Ok(());
        }
        // One pass over the names costs less than to look up each of the four.
        if request.headers().keys().any(is_condition) {
            *preconditions = Some(Box::new(Preconditions::of(request.method(), request.headers())));
        } else {
            self.without.set(0);
        }
        Ok(())
    }

    #[inline]
    fn end(&self, preconditions: &mut Self::State, response: &mut Response<Body>) {
        if let Some(preconditions) = preconditions
            && response.status().is_success()
        {
            judge(preconditions, response);
        }
    }
}

fn is_condition(name: &HeaderName) -> bool {
    *name == header::IF_MATCH
        || *name == header::IF_NONE_MATCH
        || *name == header::IF_MODIFIED_SINCE
        || *name == header::IF_UNMODIFIED_SINCE
}

#[cold]
fn judge(preconditions: &Preconditions, response: &mut Response<Body>) {
    let current = Validators::of(response.headers());
    if current == Validators::default() {
        return;
    }
    match preconditions.judge(Some(&current)) {
        Verdict::Proceed => {}
        Verdict::NotModified => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            strip(response.headers_mut());
        }
        Verdict::Failed => {
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED);
            *response = problem
                .detail("The resource is not in the state that the request counts on.")
                .into_response();
        }
    }
}

/// What a 304 should not have: it is about the content of an answer that the client has, head and all (§15.4.5). The
/// date of the last change is for who has no tag.
fn strip(headers: &mut HeaderMap) {
    const ABOUT_CONTENT: [HeaderName; 8] = [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
        header::CONTENT_RANGE,
        header::ACCEPT_RANGES,
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("repr-digest"),
    ];
    for name in ABOUT_CONTENT {
        headers.remove(name);
    }
    if headers.contains_key(header::ETAG) {
        headers.remove(header::LAST_MODIFIED);
    }
}

#[cfg(test)]
mod tests;
