//! A file as the answer of a handler.

use std::convert::Infallible;

use http::{
    HeaderName, HeaderValue, Method, Request, Response, Uri, header,
    request::{self, Parts},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tower_service::Service;
use tsk_core::{Body, FromParts, Problem};

use crate::Files;

/// What a request asks of the file that it will be answered with: ranges, conditions, codings.
///
/// It lets a handler decide which file that is, and leave the rest to [`Files`], with all that it does for a request
/// of its own:
///
/// ```
/// use tsk_http::{Body, Files, State, answer::{Attachment, FileRequest}, IntoResponse, Path, get};
///
/// async fn invoice(
///     State(archive): State<Files>,
///     Path(number): Path<u64>,
///     file: FileRequest,
/// ) -> impl IntoResponse {
///     let name = format!("{number}.pdf");
///     Attachment::new(&name, file.serve(&archive, &name).await)
/// }
/// # let _ = get("/invoices/{number}", invoice);
/// ```
#[derive(Debug)]
pub struct FileRequest(request::Parts);

/// What [`Files`] reads of a head.
const FIELDS: [HeaderName; 8] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::ACCEPT_ENCODING,
    header::ACCEPT,
];

impl FileRequest {
    /// Answers with the file at `path`, below the directory of `files`: by 200, 206, 304, 412 or 416, or by a problem,
    /// 404 for what is not there.
    ///
    /// The path has slashes between its names. It may be made of what a client sent: what would lead out of the
    /// directory, and what is hidden, is not there.
    pub async fn serve(self, files: &Files, path: impl AsRef<str>) -> Response<Body> {
        let Self(mut parts) = self;
        let path = utf8_percent_encode(path.as_ref(), ENCODED);
        let Ok(uri) = Uri::try_from(format!("/{path}")) else { return not_found() };
        parts.uri = uri;
        let Ok(response) = files.clone().call(Request::from_parts(parts, ())).await;
        // A directory: where it is instead is said relative to the path of a request, which is another.
        if response.status().is_redirection() && response.headers().contains_key(header::LOCATION) {
            return not_found();
        }
        response
    }
}

/// All that means anything in a URI, but for the slash.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn not_found() -> Response<Body> {
    Problem::new(http::StatusCode::NOT_FOUND).into()
}

impl FromParts for FileRequest {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        let (mut own, ()) = Request::new(()).into_parts();
        let is_head = parts.method == Method::HEAD;
        // Conditions and ranges are of the state that a GET would have; another method has them for its own.
        if is_head || parts.method == Method::GET {
            for name in FIELDS {
                for value in parts.headers.get_all(&name) {
                    // Copied, because a clone would keep the buffer that the connection reads into.
                    let copy = HeaderValue::from_bytes(value.as_bytes()).expect("it was a value before");
                    own.headers.append(&name, copy);
                }
            }
        }
        own.method = if is_head { Method::HEAD } else { Method::GET };
        Ok(Self(own))
    }
}
