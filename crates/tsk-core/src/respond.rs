//! What handlers take and give.

use std::{any::TypeId, cell::RefCell, convert::Infallible};

use bytes::Bytes;
use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, Version, header,
    request::Parts,
};

use crate::{Body, BoxError, Peer, RequestContext};

/// Something a handler can give as its answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer that a handler can give",
    label = "this does not implement `IntoResponse`",
    note = "answers are text, bytes, `Json<T>`, `Html<T>`, `Redirect`, `Sse<S>`, `StatusCode`, `Problem`, `Response<Body>`, a pair `(StatusCode, answer)`, or a `Result` of two answers"
)]
pub trait IntoResponse {
    /// Makes the response.
    fn into_response(self) -> Response<Body>;

    /// Names what must be there for it; a service that lacks it does not start.
    fn requires(_requirements: &mut Requirements)
    where
        Self: Sized,
    {
    }
}

/// Something a handler can take that is read from the head of a request.
///
/// It is read at once, before the handler's future exists, so that nothing of the request's buffer is held
/// while the handler runs. What has to wait belongs into the handler, or to the body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the head of a request",
    label = "this does not implement `FromParts`",
    note = "a handler can take `Path<T>`, `Query<T>`, `State<T>`, `TypedHeader<H>`, `Cookies`, `Extension<T>`, `Method`, `Uri`, `HeaderMap`, `Peer`, `RequestContext`, and, as its last argument, one that reads the body: `Json<T>`, `Form<T>`, `Multipart`, `Bytes`, `String`, `Body`"
)]
pub trait FromParts: Sized {
    /// The answer to a request that does not have it.
    type Rejection: IntoResponse;

    /// Reads it.
    ///
    /// # Errors
    ///
    /// The answer to a request that does not have it, or has it in a wrong form.
    fn from_parts(parts: &mut Parts) -> Result<Self, Self::Rejection>;

    /// Names the shared values that must be there; a service that lacks one does not start.
    fn requires(_requirements: &mut Requirements) {}
}

macro_rules! parts {
    ($($type:ty: $parts:ident => $value:expr;)+) => {$(
        impl FromParts for $type {
            type Rejection = Infallible;

            #[inline]
            fn from_parts($parts: &mut Parts) -> Result<Self, Infallible> {
                Ok($value)
            }
        }
    )+};
}
parts! {
    Method: parts => parts.method.clone();
    Uri: parts => parts.uri.clone();
    Version: parts => parts.version;
    HeaderMap: parts => parts.headers.clone();
    Extensions: parts => parts.extensions.clone();
    RequestContext: parts => Self::ensure(&mut parts.extensions);
    Peer: parts => RequestContext::get(&parts.extensions).map(RequestContext::peer).unwrap_or_default();
}

/// Something that a request may lack: a handler can take it as an `Option`.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` cannot be read from the head of a request",
    label = "`{Self}` does not implement `OptionalFromParts`"
)]
pub trait OptionalFromParts: FromParts {
    /// Reads it; `None` where the request has none.
    ///
    /// # Errors
    ///
    /// The answer to a request that has it in a wrong form, which is not the same as having none.
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Self::Rejection>;
}

impl<T: OptionalFromParts> FromParts for Option<T> {
    type Rejection = T::Rejection;

    fn from_parts(parts: &mut Parts) -> Result<Self, T::Rejection> {
        T::optional_from_parts(parts)
    }
}

/// Leaves it to the handler to answer a request that does not have it.
impl<T: FromParts> FromParts for Result<T, T::Rejection> {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        Ok(T::from_parts(parts))
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// What a handler needs: shared values, by type, and versions of the API.
#[derive(Debug, Default)]
pub struct Requirements {
    state: Vec<(TypeId, &'static str)>,
    versions: Vec<(&'static str, Vec<&'static str>)>,
}

impl Requirements {
    /// Requires a value of type `T`.
    pub fn state<T: 'static>(&mut self) {
        self.state.push((TypeId::of::<T>(), std::any::type_name::<T>()));
    }

    /// Requires these versions, the newest first: those in which `T` changed.
    pub fn versions<T>(&mut self, names: Vec<&'static str>) {
        self.versions.push((std::any::type_name::<T>(), names));
    }

    /// The types of the shared values, and their names.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &'static str)> {
        self.state.iter().copied()
    }

    /// The names of types that changed, and the versions in which they did.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, &[&'static str])> {
        self.versions.iter().map(|(name, versions)| (*name, &**versions))
    }
}

/// A 200 with a body of that media type.
///
/// Its header map is one that an earlier request left with [`recycle`].
#[inline]
pub fn response(media_type: HeaderValue, body: Body) -> Response<Body> {
    let (mut parts, ()) = Response::new(()).into_parts();
    if let Some(headers) = pool(Vec::pop).flatten() {
        parts.headers = headers;
    }
    parts.headers.insert(header::CONTENT_TYPE, media_type);
    Response::from_parts(parts, body)
}

/// Takes back the header map of a request that nothing reads any more, for [`response`] to use again on this
/// thread. The connection in its turn uses the response's map for the next request it parses.
#[inline]
pub fn recycle(mut headers: HeaderMap) {
    // A map that one large request grew is not worth keeping. Its capacity does not count repeated names.
    if (1..=MAX_CAPACITY).contains(&headers.capacity()) && headers.len() <= MAX_CAPACITY {
        headers.clear();
        pool(|pool| {
            if pool.len() < POOL_SIZE {
                pool.push(headers);
            }
        });
    }
}

const POOL_SIZE: usize = 64;
const MAX_CAPACITY: usize = 64;

thread_local! {
    static HEADERS: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
}

/// Runs on the pool of this thread, which holds empty maps alone, so that no destructor of anybody else's can
/// ask for it again. `None` while the thread exits and its pool is gone.
#[inline]
fn pool<T>(run: impl FnOnce(&mut Vec<HeaderMap>) -> T) -> Option<T> {
    HEADERS.try_with(|pool| run(&mut pool.borrow_mut())).ok()
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

impl IntoResponse for Infallible {
    fn into_response(self) -> Response<Body> {
        match self {}
    }
}

/// An empty 200.
impl IntoResponse for () {
    fn into_response(self) -> Response<Body> {
        Response::new(Body::empty())
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response<Body> {
        (self, ()).into_response()
    }
}

macro_rules! pieces {
    ($($type:ty: $media_type:ident;)+) => {$(
        impl IntoResponse for $type {
            fn into_response(self) -> Response<Body> {
                response($media_type, self.into())
            }
        }
    )+};
}
pieces! {
    &'static str: TEXT;
    String: TEXT;
    Bytes: BYTES;
    Vec<u8>: BYTES;
}

impl IntoResponse for Body {
    fn into_response(self) -> Response<Body> {
        Response::new(self)
    }
}

impl<B> IntoResponse for Response<B>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn into_response(self) -> Response<Body> {
        self.map(Body::new)
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response<Body> {
        match self {
            Ok(answer) => answer.into_response(),
            Err(error) => error.into_response(),
        }
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
        E::requires(requirements);
    }
}

/// An answer with another status.
impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response<Body> {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// An answer with further headers, which replace those of the same name.
impl<T: IntoResponse, const N: usize> IntoResponse for ([(HeaderName, HeaderValue); N], T) {
    fn into_response(self) -> Response<Body> {
        let mut response = self.1.into_response();
        for (name, value) in self.0 {
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

#[cfg(test)]
mod tests;
