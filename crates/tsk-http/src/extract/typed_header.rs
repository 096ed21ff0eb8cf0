//! Header fields as types.

use headers::Header;
use http::{HeaderValue, StatusCode, request::Parts};
use tsk_core::{FromParts, OptionalFromParts, Problem, problem::Kind};

use super::{kind, parsed::refused};
use crate::validate::Location;

/// A header field, read into one of the types of [`headers`], or into one of your own that implements
/// [`Header`].
///
/// One that is missing or malformed is answered with 400 [`INVALID_HEADER`], which names it.
/// `Option<TypedHeader<H>>` is `None` where it is missing, and still refuses a malformed one.
///
/// ```
/// use tsk_http::{TypedHeader, get, headers::UserAgent};
///
/// let route = get("/you", |TypedHeader(agent): TypedHeader<UserAgent>| async move { agent.to_string() });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypedHeader<H>(pub H);

/// A header field is missing, or is not what the route takes.
pub const INVALID_HEADER: Kind =
    kind("urn:tsk:problems/invalid-header", "Invalid header", StatusCode::BAD_REQUEST);

impl<H: Header> FromParts for TypedHeader<H> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        Self::optional_from_parts(parts)?
            .ok_or_else(|| refused(INVALID_HEADER, Location::Header, [H::name()], "it must be there"))
    }
}

/// `None` where the request has no such field.
impl<H: Header> OptionalFromParts for TypedHeader<H> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        // Copies: a value of the request holds the connection's read buffer, and many types keep the value.
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes());
        let values: Result<Vec<_>, _> = parts.headers.get_all(H::name()).iter().map(copy).collect();
        let values = values.map_err(Problem::internal)?;
        if values.is_empty() {
            return Ok(None);
        }
        let decoded = H::decode(&mut values.iter());
        decoded.map(|header| Some(Self(header))).map_err(|error| {
            refused(INVALID_HEADER, Location::Header, [H::name()], "it is malformed").with_source(error)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use headers::{Authorization, IfModifiedSince, authorization::Bearer};
    use http::Request;
    use serde_json::json;
    use tsk_core::Body;

    use super::*;
    use crate::{
        Router, get,
        testing::{ask, send},
    };

    #[tokio::test]
    async fn a_header_is_read_or_named() {
        async fn must(TypedHeader(token): TypedHeader<Authorization<Bearer>>) -> String {
            token.token().to_owned()
        }
        async fn may(since: Option<TypedHeader<IfModifiedSince>>) -> String {
            since.is_some().to_string()
        }
        let routes = Router::new().route(get("/must", must)).route(get("/may", may)).build().unwrap();
        let request = |path: &str, name: &str, value: &str| {
            Request::get(path).header(name, value).body(Body::empty()).unwrap()
        };
        assert_eq!(send(&routes, request("/must", "authorization", "Bearer abc")).await.body, "abc");
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(send(&routes, request("/may", "if-modified-since", date)).await.body, "true");
        assert_eq!(ask(&routes, "GET /may", "").await.body, "false");

        let wrong = send(&routes, request("/must", "authorization", "Basic secret")).await;
        assert!(!wrong.body.contains("secret"));
        for (answer, pointer, detail) in [
            (ask(&routes, "GET /must", "").await, "/authorization", "it must be there"),
            (wrong, "/authorization", "it is malformed"),
            (
                send(&routes, request("/may", "if-modified-since", "yesterday")).await,
                "/if-modified-since",
                "it is malformed",
            ),
        ] {
            let problem = answer.problem();
            assert_eq!(
                (&problem["status"], &problem["type"], &problem["location"]),
                (&json!(400), &json!(INVALID_HEADER.uri), &json!("header"))
            );
            assert_eq!(problem["errors"], json!([{ "pointer": pointer, "detail": detail }]));
        }
    }
}
