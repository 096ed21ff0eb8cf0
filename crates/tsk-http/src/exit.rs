//! The last thing that happens to a response.

use std::error::Error as _;

use http::{HeaderName, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use tower_layer::Layer;
use tsk_core::{Body, DescribeOutput, Endpoint, Operation, Policy, Problem, RequestContext};

use crate::{
    answer::DrainSlot,
    layer::filter::{Filter, FilterLayer, Filtered, Refusal},
};

/// Answers for a service that panics, gives server errors the identifier of their request, writes out the
/// cookies and the identifier that the context holds, tells an answer that goes on which drain ends it, and takes
/// the body off an answer that may not have one.
///
/// It belongs inside whatever must see every answer, such as observers and CORS.
pub type Exit<S> = Filtered<S, ExitLayer>;

impl<S> Exit<S> {
    /// An exit that writes the request's identifier to `id_header`, if there is one.
    pub fn new(inner: S, id_header: Option<HeaderName>) -> Self {
        ExitLayer::new(id_header).layer(inner)
    }
}

/// Makes an [`Exit`] of a service.
#[derive(Debug, Clone)]
pub struct ExitLayer {
    id_header: Option<HeaderName>,
}

impl ExitLayer {
    /// A layer that writes the request's identifier to `id_header`, if there is one.
    pub fn new(id_header: Option<HeaderName>) -> Self {
        Self { id_header }
    }
}

/// Any request can be answered by a problem: one that names no host, say, or whose handler panics.
impl Policy for ExitLayer {
    fn describe(&self, _: &Endpoint, operation: &mut Operation) {
        Problem::describe_output(operation);
    }
}

impl<S> Layer<S> for ExitLayer {
    type Service = Exit<S>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

/// Says of a response with the status of a server error that it is what was asked for, and that nothing failed in making
/// it: a probe that says no, what an upstream has answered. As an extension of the response it keeps [`Exit`] from
/// logging an error.
///
/// ```
/// use http::{Response, StatusCode};
/// use tsk_core::Body;
/// use tsk_http::exit::Deliberate;
///
/// async fn probe() -> Response<Body> {
///     let mut response = Response::new(Body::from("the database does not answer"));
///     *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
///     response.extensions_mut().insert(Deliberate);
///     response
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Deliberate;

/// What is kept of a request until it is answered.
#[derive(Debug, Default)]
pub struct Kept {
    context: Option<RequestContext>,
    is_head: bool,
}

impl Filter for ExitLayer {
    type State = Kept;
    const CATCHES: bool = true;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, kept: &mut Kept) -> Result<(), Refusal> {
        let context = Some(RequestContext::ensure(request.extensions_mut()));
        *kept = Kept { context, is_head: request.method() == Method::HEAD };
        Ok(())
    }

    #[inline]
    fn end(&self, kept: &mut Kept, response: &mut Response<Body>) {
        let Kept { context: Some(context), is_head } = kept else { return };
        if response.status().is_server_error() {
            if response.extensions().get::<Deliberate>().is_none() {
                report(response, context);
            }
            Problem::complete(response, || context.request_id().clone());
        }
        if let Some(name) = &self.id_header {
            response.headers_mut().insert(name, context.request_id().to_header());
        }
        for cookie in context.take_cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        if let Some(slot) = response.extensions().get::<DrainSlot>()
            && let Some(drain) = context.scope().drain()
        {
            slot.fill(drain);
        }
        if *is_head || is_bodiless(response.status()) {
            take_body(response);
        }
    }
}

/// Whether a status forbids a body (RFC 9110 §6.4.1). A switch of protocols has one: what follows it.
fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The answer to `HEAD` has the header fields of the answer to `GET` (RFC 9110 §9.3.2).
fn take_body(response: &mut Response<Body>) {
    let body = std::mem::take(response.body_mut());
    if let Some(length) = body.size_hint().exact()
        && !is_bodiless(response.status())
    {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
}

/// Tells the log what the client is not told: the reason, under the identifier that the client is given.
#[cold]
fn report<R>(response: &Response<R>, context: &RequestContext) {
    let reason = response.extensions().get::<Problem>().and_then(|problem| problem.source());
    tracing::error!(
        request_id = %context.request_id(),
        endpoint = %context.endpoint(),
        status = response.status().as_u16(),
        reason = reason.map(tracing::field::display),
        "a request failed"
    );
}
