//! JSON bodies.

use std::future::Future;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tsk_core::{Body, Problem, problem::Kind};

use super::{FromRequest, OptionalFromRequest, body, kind, media_type, parsed, whole};
use crate::validate::{Faults, Location, Validate, excerpt};

/// A value as JSON: of a request its body, of a response the answer.
///
/// A number without a fraction is an integer, however it is written: `3.0` fits an `u8`.
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

/// The body is not JSON.
pub const INVALID_JSON: Kind = kind("urn:tsk:problems/invalid-json", "Invalid JSON", StatusCode::BAD_REQUEST);

/// The body is JSON, but not of the form that the route takes.
pub const UNPROCESSABLE_JSON: Kind =
    kind("urn:tsk:problems/unprocessable-json", "Unprocessable JSON", StatusCode::UNPROCESSABLE_ENTITY);

const MEDIA_TYPE: &str = "application/json";

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
                return Err(media_type::unsupported(MEDIA_TYPE));
            }
            let bytes = body::collect(body).await?;
            parsed(&bytes).map(Self)
        }
    }
}

/// `None` where the body is empty.
impl<T: DeserializeOwned + Send> OptionalFromRequest for Json<T> {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<T> {
        let bytes = collect_optional(parts, body);
        async move { bytes.await?.map(|bytes| parsed(&bytes).map(Self)).transpose() }
    }
}

/// The text of a body that has to be JSON.
#[inline]
pub(crate) fn collect(
    parts: &Parts,
    body: Body,
) -> impl Future<Output = Result<Bytes, Problem>> + Send + use<> {
    let is_json = is_json(&parts.headers);
    async move {
        if !is_json {
            return Err(media_type::unsupported(MEDIA_TYPE));
        }
        body::collect(body).await
    }
}

/// The same of a body that may be empty.
pub(crate) fn collect_optional(
    parts: &Parts,
    body: Body,
) -> impl Future<Output = Result<Option<Bytes>, Problem>> + Send + use<> {
    let is_json = is_json(&parts.headers);
    async move {
        let bytes = body::collect(body).await?;
        match (bytes.is_empty(), is_json) {
            (true, _) => Ok(None),
            (false, true) => Ok(Some(bytes)),
            (false, false) => Err(media_type::unsupported(MEDIA_TYPE)),
        }
    }
}

impl<T: Validate> Validate for Json<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Body));
    }
}

#[inline]
pub(crate) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).or_else(|error| again(bytes, &error))
}

/// Reads once more what did not fit: `1.0` is an integer to whoever wrote it by a schema.
#[cold]
fn again<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Result<T, Problem> {
    let fits = || serde_json::from_slice(&whole::numbers(bytes)?).ok();
    let value = if error.classify() == Category::Data { fits() } else { None };
    value.ok_or_else(|| wrong::<T>(bytes, error))
}

fn wrong<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    if error.classify() == Category::Data {
        return parsed::json::<T>(bytes, UNPROCESSABLE_JSON, error);
    }
    Problem::of(INVALID_JSON).detail(format!("The body is not JSON: {}.", excerpt(error)))
}

fn is_json(headers: &HeaderMap) -> bool {
    // As it is mostly written.
    let value = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if value == b"application/json" {
        return true;
    }
    let essence = media_type::essence(headers);
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
