//! What handlers take: pieces of the head, and the body.

use std::{convert::Infallible, future::Future};

use bytes::Bytes;
use http::{Request, StatusCode, request::Parts};
use tsk_core::{
    Body, FromParts, IntoResponse, OptionalFromParts, Problem, RequestContext, problem::Kind,
    respond::Requirements,
};

mod body;
mod extension;
mod form;
mod json;
mod media_type;
mod multipart;
mod optional;
mod parsed;
mod path;
mod query;
#[cfg(feature = "typed-header")]
mod typed_header;
mod valid;
mod whole;

#[cfg(feature = "typed-header")]
pub use self::typed_header::{INVALID_HEADER, TypedHeader};
pub use self::{
    body::TOO_LARGE,
    extension::Extension,
    form::{Form, UNPROCESSABLE_FORM},
    json::{INVALID_JSON, Json, UNPROCESSABLE_JSON},
    media_type::UNSUPPORTED_MEDIA_TYPE,
    multipart::{Field, INVALID_MULTIPART, Multipart},
    optional::OptionalFromRequest,
    path::{INVALID_PATH, Path},
    query::{INVALID_QUERY, Query},
    valid::Valid,
};
pub(crate) use body::{body_too_large, unreadable};
pub(crate) use json::{parsed as parsed_json, read as read_json, read_optional as read_optional_json};

/// Something a handler can take as its last argument: it may read the body.
///
/// What it wants of the head it reads at once; the future it returns has only the body, so that nothing of
/// the head's buffer is held while a client takes its time.
///
/// The parameter `M` is never named: it lets everything that implements [`FromParts`] be a last argument
/// too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a request",
    label = "this implements neither `FromParts` nor `FromRequest`",
    note = "what is read into a `T`, as by `Json<T>`, `Form<T>`, `Query<T>` and `Path<T>`, needs `#[derive(serde::Deserialize)]` on it; what is `Valid<..>` needs an `impl Validate` too",
    note = "a handler can take `Path<T>`, `Query<T>`, `State<T>`, `TypedHeader<H>`, `Cookies`, `Extension<T>`, `Method`, `Uri`, `HeaderMap`, `Peer`, `RequestContext`, and, as its last argument, one that reads the body: `Json<T>`, `Form<T>`, `Multipart`, `Bytes`, `String`, `Body`"
)]
pub trait FromRequest<M = ViaBody>: Sized {
    /// The answer to a request that cannot be read.
    type Rejection: IntoResponse + Send;

    /// Reads it.
    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send + use<Self, M>;

    /// Names the shared values that must be there; a service that lacks one does not start.
    fn requires(requirements: &mut Requirements) {
        let _ = requirements;
    }
}

/// Marks what reads the body.
#[derive(Debug)]
pub enum ViaBody {}

/// Marks what reads the head alone.
#[derive(Debug)]
pub enum ViaParts {}

#[diagnostic::do_not_recommend]
impl<T> FromRequest<ViaParts> for T
where
    T: FromParts + Send,
    T::Rejection: Send,
{
    type Rejection = T::Rejection;

    #[inline]
    fn from_request(
        parts: &mut Parts,
        _: Body,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send + use<T> {
        std::future::ready(T::from_parts(parts))
    }

    fn requires(requirements: &mut Requirements) {
        <T as FromParts>::requires(requirements);
    }
}

/// The whole request, with its [`RequestContext`] among the extensions.
impl FromRequest for Request<Body> {
    type Rejection = Infallible;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Infallible>> + Send + use<> {
        let mut request = Self::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.version_mut() = parts.version;
        *request.headers_mut() = std::mem::take(&mut parts.headers);
        *request.extensions_mut() = std::mem::take(&mut parts.extensions);
        std::future::ready(Ok(request))
    }
}

/// A value that all requests share, set by [`Router::state`](crate::Router::state).
///
/// ```
/// use std::sync::Arc;
/// use tsk_http::{Router, State, get};
///
/// async fn motto(State(motto): State<Arc<str>>) -> String {
///     motto.to_string()
/// }
///
/// let error = Router::new().route(get("/", motto)).build().unwrap_err();
/// assert!(error.to_string().contains("needs the state"));
/// assert!(Router::new().route(get("/", motto)).state(Arc::<str>::from("ever on")).build().is_ok());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct State<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromParts for State<T> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        // Start-up has checked it; only a handler that is called outside its router gets here.
        Self::optional_from_parts(parts)?.ok_or_else(|| {
            Problem::internal(format!("the state `{}` is not there", std::any::type_name::<T>()))
        })
    }

    fn requires(requirements: &mut Requirements) {
        requirements.state::<T>();
    }
}

/// `None` where no router sets it.
impl<T: Clone + Send + Sync + 'static> OptionalFromParts for State<T> {
    #[inline]
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        let context = RequestContext::get(&parts.extensions);
        let value = context.and_then(|context| context.scope().routes().state().get::<T>());
        Ok(value.cloned().map(Self))
    }
}

const fn kind(uri: &'static str, title: &'static str, status: StatusCode) -> Kind {
    Kind { uri, title, status }
}

/// Bytes, read whole.
impl FromRequest for Bytes {
    type Rejection = Problem;

    fn from_request(_: &mut Parts, body: Body) -> impl Future<Output = Result<Self, Problem>> + Send + use<> {
        body::read(body, Ok)
    }
}

/// Text in UTF-8, read whole.
impl FromRequest for String {
    type Rejection = Problem;

    fn from_request(_: &mut Parts, body: Body) -> impl Future<Output = Result<Self, Problem>> + Send + use<> {
        body::read(body, |bytes| {
            Self::from_utf8(bytes.into())
                .map_err(|_| Problem::new(StatusCode::BAD_REQUEST).detail("The body is not text in UTF-8."))
        })
    }
}

/// The body as it comes. Its errors are [`Problem`]s, that of a body over the route's limit among them, so that `?`
/// answers with them:
///
/// ```
/// use tsk_http::{Body, Problem, post};
///
/// async fn count(mut body: Body) -> Result<String, Problem> {
///     let mut bytes = 0;
///     while let Some(piece) = body.chunk().await? {
///         bytes += piece.len();
///     }
///     Ok(bytes.to_string())
/// }
///
/// let route = post("/count", count).body_limit(1 << 30);
/// ```
impl FromRequest for Body {
    type Rejection = Infallible;

    fn from_request(
        _: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Infallible>> + Send + use<> {
        std::future::ready(Ok(body))
    }
}

#[cfg(test)]
mod tests;
