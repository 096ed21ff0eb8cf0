//! Redirects (RFC 9110 §15.4).

use http::{HeaderValue, Response, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tsk_core::{Body, IntoResponse, Problem};

/// An answer that sends the client elsewhere.
///
/// The target is a URI, absolute or relative to that of the request. What may not be in a URI, such as a space, a line
/// break or a letter beyond ASCII, is percent-encoded, so that whatever the target is made of, it is one header.
///
/// ```
/// use tsk_http::{Path, Problem, Query, Redirect, get, post};
///
/// async fn moved(Path(id): Path<u64>) -> Redirect {
///     Redirect::permanent(format!("/articles/{id}"))
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Login { next: String }
///
/// async fn login(Query(login): Query<Login>) -> Result<Redirect, Problem> {
///     Redirect::within(login.next)
/// }
/// # let _ = (get("/old/{id}", moved), post("/login", login));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    status: StatusCode,
    location: HeaderValue,
}

impl Redirect {
    /// 303: the answer is over there, to be fetched with GET. What a form that was posted is answered with.
    pub fn to(target: impl AsRef<str>) -> Self {
        Self::new(StatusCode::SEE_OTHER, target.as_ref())
    }

    /// 303 to a place on the same server, for a target that came with the request: a path, with a query or without.
    ///
    /// # Errors
    ///
    /// 400 for a target that a browser would read as another server, such as `//example.org` or `/\example.org`.
    pub fn within(target: impl AsRef<str>) -> Result<Self, Problem> {
        let target = target.as_ref();
        // Browsers take a backslash for a slash, and leave tabs and line breaks out before they look.
        let is_path = target.starts_with('/') && !target[1..].starts_with(['/', '\\']);
        if is_path && !target.contains(|c: char| c.is_control()) {
            return Ok(Self::to(target));
        }
        Err(Problem::new(StatusCode::BAD_REQUEST)
            .detail("The place to go to next is not a path on this server."))
    }

    /// 307: this time, repeat the request over there, with its method and body.
    pub fn temporary(target: impl AsRef<str>) -> Self {
        Self::new(StatusCode::TEMPORARY_REDIRECT, target.as_ref())
    }

    /// 308: from now on, send such requests there. Clients remember it.
    pub fn permanent(target: impl AsRef<str>) -> Self {
        Self::new(StatusCode::PERMANENT_REDIRECT, target.as_ref())
    }

    fn new(status: StatusCode, target: &str) -> Self {
        let encoded = utf8_percent_encode(target, NOT_IN_A_URI).to_string();
        Self { status, location: HeaderValue::try_from(encoded).expect("visible ASCII is valid in a header") }
    }
}

/// What RFC 3986 has no place for. A `%` is left as it is: the target may be encoded already.
const NOT_IN_A_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl IntoResponse for Redirect {
    fn into_response(self) -> Response<Body> {
        (self.status, ([(header::LOCATION, self.location)], ())).into_response()
    }
}
