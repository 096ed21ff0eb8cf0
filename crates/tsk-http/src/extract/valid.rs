//! Arguments that are validated.

use std::future::Future;

use http::request::Parts;
use tsk_core::{Body, FromParts, OptionalFromParts, Problem, respond::Requirements};

use super::{FromRequest, OptionalFromRequest};
use crate::validate::{Faults, Validate};

/// An argument that is valid: `Valid<Json<T>>`, and likewise for `Form<T>`, `Query<T>` and `Path<T>`, where
/// `T` implements [`Validate`].
///
/// One that is not is answered with 422 [`VALIDATION_FAILED`](crate::validate::VALIDATION_FAILED), which lists
/// all its faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Valid<E>(pub E);

impl<E: Validate> Valid<E> {
    fn check(value: E) -> Result<Self, Problem> {
        Faults::of(&value).into_result().map(|()| Self(value))
    }
}

impl<E: FromParts<Rejection = Problem> + Validate> FromParts for Valid<E> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        E::from_parts(parts).and_then(Self::check)
    }

    fn requires(requirements: &mut Requirements) {
        E::requires(requirements);
    }
}

impl<E: OptionalFromParts<Rejection = Problem> + Validate> OptionalFromParts for Valid<E> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        E::optional_from_parts(parts)?.map(Self::check).transpose()
    }
}

impl<E: FromRequest<Rejection = Problem> + Validate + Send> FromRequest for Valid<E> {
    type Rejection = Problem;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Problem>> + Send + use<E> {
        let read = E::from_request(parts, body);
        async move { read.await.and_then(Self::check) }
    }

    fn requires(requirements: &mut Requirements) {
        E::requires(requirements);
    }
}

impl<E: OptionalFromRequest<Rejection = Problem> + Validate + Send> OptionalFromRequest for Valid<E> {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<E> {
        let read = E::optional_from_request(parts, body);
        async move { read.await?.map(Self::check).transpose() }
    }
}
