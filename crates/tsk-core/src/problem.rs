//! Errors as clients see them: RFC 9457.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::{Body, BoxError, IntoResponse, context::RequestId, respond};

/// An error answer in `application/problem+json` (RFC 9457).
///
/// It says to the client what it may know. The private [`source`](Self::with_source) is for logs and traces
/// and is never part of the answer; on its way out, the answer of a server error is given the request id that
/// finds them.
///
/// ```
/// use http::StatusCode;
/// use tsk_core::Problem;
///
/// let problem = Problem::new(StatusCode::CONFLICT)
///     .detail("Order 17 was paid already.")
///     .with("order", 17);
/// assert_eq!(
///     serde_json::to_value(&problem).unwrap(),
///     serde_json::json!({
///         "type": "about:blank", "title": "Conflict", "status": 409,
///         "detail": "Order 17 was paid already.", "order": 17,
///     })
/// );
/// ```
#[derive(Clone)]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    status: StatusCode,
    detail: Option<Cow<'static, str>>,
    extensions: BTreeMap<&'static str, Value>,
    headers: HeaderMap,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// A type of problem: its URI, its title, and the status that goes with it.
///
/// The page of each of ours is in `docs/problems/`, under the last part of its URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The URI that identifies the type; `about:blank` where the status says it all.
    pub uri: &'static str,
    /// A short summary that is the same for every occurrence.
    pub title: &'static str,
    /// The status of the response.
    pub status: StatusCode,
}

impl Problem {
    /// A problem that its status describes well enough.
    ///
    /// A status that is no error becomes 500, because a success that carries a problem would be cached and
    /// retried as a success.
    pub fn new(status: StatusCode) -> Self {
        let status = error(status);
        Self::of(Kind { uri: "about:blank", title: status.canonical_reason().unwrap_or("Error"), status })
    }

    /// A problem of a type that clients can tell apart from others with the same status.
    ///
    /// A status that is no error becomes 500.
    pub fn of(mut kind: Kind) -> Self {
        kind.status = error(kind.status);
        let (extensions, headers) = (BTreeMap::new(), HeaderMap::new());
        Self(Box::new(Inner { kind, status: kind.status, detail: None, extensions, headers, source: None }))
    }

    /// A 500 with a private source.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR).with_source(source)
    }

    /// Says what is particular to this occurrence, in words for the client.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a member (RFC 9457 §3.2). A standard member's name, or a value that is not JSON, is ignored.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        if !["type", "title", "status", "detail", "instance"].contains(&name)
            && let Ok(value) = serde_json::to_value(value)
        {
            self.0.extensions.insert(name, value);
        }
        self
    }

    /// Adds a header to the answer, such as `Retry-After`. One that describes the body, such as
    /// `Content-Type`, is ignored: it would be that of another body.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if !DESCRIBES_BODY.contains(&name) {
            self.0.headers.append(name, value);
        }
        self
    }

    /// Sets what caused it, for logs and traces alone.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The type.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Completes the answer of a problem on its way out: a server error is given the request's identifier.
    ///
    /// `request_id` is called only if there is such a problem in the extensions of the response, and its body is
    /// still the problem's: a page that a layer put in its place stays as it is.
    pub fn complete<B: From<Body>>(response: &mut Response<B>, request_id: impl FnOnce() -> RequestId) {
        if response.status().is_server_error()
            && response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM_JSON)
            && let Some(problem) = response.extensions().get::<Self>()
        {
            let problem = problem.clone().with("request_id", request_id().as_str());
            *response.body_mut() = problem.render().into();
            // They described the body as it was, which a layer may have compressed.
            for name in DESCRIBES_BODY {
                response.headers_mut().remove(name);
            }
            response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        }
    }

    fn render(&self) -> Body {
        // Serialising plain data to memory cannot fail; an empty body would still carry the status.
        serde_json::to_vec(self).map_or_else(|_| Body::empty(), Body::from)
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            r#type: &'static str,
            title: &'static str,
            status: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            detail: Option<&'a str>,
            #[serde(flatten)]
            extensions: &'a BTreeMap<&'static str, Value>,
        }
        let Inner { kind, status, detail, extensions, .. } = &*self.0;
        let (status, detail) = (status.as_u16(), detail.as_deref());
        Members { r#type: kind.uri, title: kind.title, status, detail, extensions }.serialize(serializer)
    }
}

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

const DESCRIBES_BODY: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    header::ETAG,
    header::TRANSFER_ENCODING,
];

fn error(status: StatusCode) -> StatusCode {
    let is_error = status.is_client_error() || status.is_server_error();
    if is_error { status } else { StatusCode::INTERNAL_SERVER_ERROR }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = respond::response(PROBLEM_JSON, self.render());
        *response.status_mut() = self.0.status;
        response
            .headers_mut()
            .extend(self.0.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        // For `complete`, and for observers, which alone may read the source.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Problem> for Response<Body> {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

/// What went wrong with a body: the problem that the error is, or else a 500 of which it is the source.
impl From<BoxError> for Problem {
    fn from(error: BoxError) -> Self {
        error.downcast().map_or_else(Self::internal, |problem| *problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status.as_u16(), self.0.kind.title)?;
        self.0.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, status, detail, extensions, source, .. } = &*self.0;
        f.debug_struct("Problem")
            .field("type", &kind.uri)
            .field("status", status)
            .field("detail", detail)
            .field("extensions", extensions)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests;
