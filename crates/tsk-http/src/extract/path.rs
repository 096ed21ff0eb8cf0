//! Path parameters.

use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use tsk_core::{FromParts, OptionalFromParts, Problem, RequestContext, problem::Kind};

use super::{kind, parsed::refused};
use crate::validate::{Faults, Location, Validate};

mod de;

/// The parameters of the path: one value, a tuple of them in the order of the path, or a struct with a field
/// for each name.
///
/// Values are percent-decoded. One that is not what the type asks for is answered with 400.
///
/// ```
/// use tsk_http::{Path, get};
///
/// let one = get("/users/{id}", |Path(id): Path<u64>| async move { id.to_string() });
/// let two = get("/orgs/{org}/{repo}", |Path((org, repo)): Path<(String, String)>| async move { org + &repo });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

/// A path parameter is not what the route takes.
pub const INVALID_PATH: Kind =
    kind("urn:tsk:problems/invalid-path", "Invalid path parameter", StatusCode::BAD_REQUEST);

impl<T: DeserializeOwned> FromParts for Path<T> {
    type Rejection = Problem;

    #[inline]
    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        let Some(context) = RequestContext::get(&parts.extensions) else {
            // Only a handler that is called outside its router gets here.
            return Err(Problem::internal("the request was not matched by a router"));
        };
        let names = context.endpoint().params();
        let params = de::PathParams::new(parts.uri.path(), context.params(), names);
        T::deserialize(params).map(Self).map_err(|error| match error {
            de::Error::Theirs { name, reason } => refused(INVALID_PATH, Location::Path, [name], reason),
            de::Error::Ours(_) => Problem::internal(error),
        })
    }
}

/// `None` where the route has no parameters.
impl<T: DeserializeOwned> OptionalFromParts for Path<T> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        match RequestContext::get(&parts.extensions) {
            Some(context) if context.params().is_empty() => Ok(None),
            _ => Self::from_parts(parts).map(Some),
        }
    }
}

impl<T: Validate> Validate for Path<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Path));
    }
}
