//! Query parameters.

use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use tsk_core::{FromParts, Problem, problem::Kind};

use super::{kind, rejected};

/// The parameters of the query, as a struct with a field for each.
///
/// A field that may come several times is a `Vec`, one that may be absent an `Option`.
///
/// ```
/// use tsk_http::{Query, get};
///
/// #[derive(serde::Deserialize)]
/// struct Page { #[serde(default)] offset: u32, limit: Option<u32> }
///
/// let route = get("/users", |Query(page): Query<Page>| async move { page.offset.to_string() });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// The query is not what the route takes.
pub const INVALID_QUERY: Kind =
    kind("urn:tsk:problems/invalid-query", "Invalid query", StatusCode::BAD_REQUEST);

impl<T: DeserializeOwned> FromParts for Query<T> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        serde_html_form::from_str(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|error| rejected(INVALID_QUERY, "The query is not what was expected", error))
    }
}
