//! JSON bodies.

use std::future::Future;

use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tsk_core::{Body, Problem, problem::Kind};

use super::{
    FromRequest, OptionalFromRequest, body, kind,
    media_type::{self, Expected},
    parsed::{self, Unfit},
    whole,
};
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
        read(parts, body, |bytes| parsed(bytes).map(Self))
    }
}

/// `None` where the body is empty.
impl<T: DeserializeOwned + Send> OptionalFromRequest for Json<T> {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<T> {
        read_optional(parts, body, |bytes| parsed(bytes).map(Self))
    }
}

/// Reads a body that has to be JSON, and makes something of it.
#[inline]
pub(crate) fn read<T, F>(
    parts: &Parts,
    body: Body,
    make: F,
) -> impl Future<Output = Result<T, Problem>> + Send + use<T, F>
where
    F: FnMut(&[u8]) -> Result<T, Problem> + Send,
{
    body::read_as(expected(parts), body, make)
}

/// The same of a body that may be empty.
pub(crate) fn read_optional<T, F>(
    parts: &Parts,
    body: Body,
    make: F,
) -> impl Future<Output = Result<Option<T>, Problem>> + Send + use<T, F>
where
    F: FnMut(&[u8]) -> Result<T, Problem> + Send,
{
    body::read_optional(expected(parts), body, make)
}

#[inline]
fn expected(parts: &Parts) -> Expected {
    Expected { media_type: MEDIA_TYPE, is_there: is_json(&parts.headers) }
}

impl<T: Validate> Validate for Json<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Body));
    }
}

/// A value of JSON.
///
/// Nearly all of it is text as a whole, and is looked at as that once: a parser of bytes looks at each string by itself, at
/// several times the cost.
#[inline]
pub(crate) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    again(bytes)
}

/// Reads once more what did not fit: `1.0` is an integer to whoever wrote it by a schema, and what is not text may be so
/// where nobody looks.
#[cold]
#[inline(never)]
fn again<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    parsed::json(bytes).or_else(|unfit| {
        let is_data = unfit.error.classify() == Category::Data;
        let whole = || parsed::json(&whole::numbers(bytes)?).ok();
        if is_data && let Some(value) = whole() { Ok(value) } else { Err(wrong(unfit)) }
    })
}

fn wrong(unfit: Unfit) -> Problem {
    if unfit.error.classify() == Category::Data {
        return unfit.into_problem(UNPROCESSABLE_JSON);
    }
    Problem::of(INVALID_JSON).detail(format!("The body is not JSON: {}.", excerpt(unfit.error)))
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
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Note {
        text: String,
        #[serde(default)]
        more: Vec<Note>,
    }

    /// JSON, or nearly, of which some bytes were replaced.
    fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
        let text = r#"\PC{0,9}|[a-z"\\\n]{0,9}"#;
        let note = (text, text, any::<bool>()).prop_map(|(text, other, is_escaped)| {
            let json =
                |text| if is_escaped { serde_json::json!(text).to_string() } else { format!("\"{text}\"") };
            let (text, other) = (json(text), json(other));
            format!(r#"{{"text": {text}, "other": [{other}], "more": [{{"text": {other}}}]}}"#).into_bytes()
        });
        let faults = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
        (note, faults).prop_map(|(mut bytes, faults)| {
            for (at, byte) in faults {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_takes_is_taken_and_nothing_else(bytes in nearly_json()) {
            let (ours, theirs) = (parsed::<Note>(&bytes), serde_json::from_slice::<Note>(&bytes));
            prop_assert_eq!(ours.as_ref().err().map(Problem::status).is_some(), theirs.is_err());
            prop_assert_eq!(ours.ok(), theirs.ok());
        }
    }

    #[test]
    fn what_is_no_text_is_refused_where_it_is_looked_at() {
        let note = |text: &[u8], other: &[u8]| -> Vec<u8> {
            [&br#"{"text":""#[..], text, br#"","other":""#, other, br#""}"#].concat()
        };
        assert_eq!(parsed::<Note>(&note(b"a", b"\xff")).map(|note| note.text).ok().as_deref(), Some("a"));
        assert_eq!(
            parsed::<Note>(&note(b"\xff", b"a")).map_err(|problem| problem.status()),
            Err(StatusCode::BAD_REQUEST)
        );
    }

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
