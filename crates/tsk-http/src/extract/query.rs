//! Query parameters.

use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use tsk_core::{FromParts, OptionalFromParts, Problem, problem::Kind};

use super::{kind, parsed};
use crate::validate::{Faults, Location, Validate};

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
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        parsed::form(query, INVALID_QUERY, Location::Query).map(Self)
    }
}

/// `None` where the URI has no query.
impl<T: DeserializeOwned> OptionalFromParts for Query<T> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        let query = parts.uri.query().filter(|query| !query.is_empty());
        query.is_some().then(|| Self::from_parts(parts)).transpose()
    }
}

impl<T: Validate> Validate for Query<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Query));
    }
}
