//! The same for handlers of axum.

use axum_core::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::Response,
};
use http::request::Parts;
use tsk_core::{FromParts as _, IntoResponse as _, OptionalFromParts as _, Problem};

use super::Authenticated;
use crate::{
    Permits,
    password::Visitor,
    session::{Session, Unchecked},
};

fn answer(problem: Problem) -> Response {
    problem.into_response().map(Body::new)
}

impl<T: Send + Sync + 'static, S: Send + Sync> FromRequestParts<S> for Authenticated<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::from_parts(parts).map_err(answer)
    }
}

impl<T: Send + Sync + 'static, S: Send + Sync> OptionalFromRequestParts<S> for Authenticated<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        Self::optional_from_parts(parts).map_err(answer)
    }
}

/// The [`Auth`](crate::Auth) is an `Extension` of axum.
impl<S: Send + Sync> FromRequestParts<S> for Permits {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::from_parts(parts).map_err(answer)
    }
}

/// The [`Auth`](crate::Auth) is an `Extension` of axum.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Permits {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        Self::optional_from_parts(parts).map_err(answer)
    }
}

/// The [`Sessions`](crate::session::Sessions) are an `Extension` of axum.
impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::from_parts(parts).map_err(answer)
    }
}

/// The [`Sessions`](crate::session::Sessions) are an `Extension` of axum.
impl<S: Send + Sync> FromRequestParts<S> for Unchecked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::from_parts(parts).map_err(answer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::from_parts(parts).map_err(answer)
    }
}
