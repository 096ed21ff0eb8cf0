//! JSON bodies.

use std::future::Future;

use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tsk_core::{Body, Problem, problem::Kind};

use super::{FromRequest, body, kind, rejected};

/// A value as JSON: of a request its body, of a response the answer.
///
/// A request must say that it is JSON, by `content-type: application/json` or a type that ends in `+json`: a
/// form on a foreign page cannot say so, which keeps it from posting in the name of its visitor.
///
/// ```
/// use tsk_http::{Json, post};
///
/// #[derive(serde::Deserialize, serde::Serialize)]
/// struct Point { x: f64, y: f64 }
///
/// let route = post("/mirror", |Json(Point { x, y }): Json<Point>| async move { Json(Point { x: y, y: x }) });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// The request has a body of another media type.
pub const UNSUPPORTED_MEDIA_TYPE: Kind = kind(
    "urn:tsk:problems/unsupported-media-type",
    "Unsupported media type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
);

/// The body is not JSON.
pub const INVALID_JSON: Kind = kind("urn:tsk:problems/invalid-json", "Invalid JSON", StatusCode::BAD_REQUEST);

/// The body is JSON, but not of the form that the route takes.
pub const UNPROCESSABLE_JSON: Kind =
    kind("urn:tsk:problems/unprocessable-json", "Unprocessable JSON", StatusCode::UNPROCESSABLE_ENTITY);

impl<T: DeserializeOwned + Send> FromRequest for Json<T> {
    type Rejection = Problem;

    #[inline]
    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Problem>> + Send + use<T> {
        let is_json = is_json(&parts.headers);
        async move {
            if !is_json {
                return Err(Problem::of(UNSUPPORTED_MEDIA_TYPE)
                    .detail("The request must have `content-type: application/json`."));
            }
            let bytes = body::collect(body).await?;
            serde_json::from_slice(&bytes).map(Self).map_err(|error| {
                let kind = if error.classify() == Category::Data { UNPROCESSABLE_JSON } else { INVALID_JSON };
                rejected(kind, "The body is not what was expected", error)
            })
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let bytes = value.as_bytes();
    let essence = bytes.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let structured = || {
        essence.len() > b"application/+json".len()
            && essence[..12].eq_ignore_ascii_case(b"application/")
            && essence[essence.len() - 5..].eq_ignore_ascii_case(b"+json")
    };
    essence.eq_ignore_ascii_case(b"application/json") || structured()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_json_by_its_media_type() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON ; charset=utf-8", true),
            ("application/problem+json", true),
            ("application/+json", false),
            ("application/jsonp", false),
            ("text/json", false),
            ("text/plain", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().expect("a value"))]);
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
