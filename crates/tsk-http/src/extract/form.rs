//! Bodies that HTML forms send.

use std::future::Future;

use http::{HeaderMap, StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use tsk_core::{Body, Problem, problem::Kind};

use super::{
    FromRequest, OptionalFromRequest, body, kind,
    media_type::{self, Expected},
    parsed,
};
use crate::validate::{Faults, Location, Validate};

/// A body of form data, as a struct with a field for each control of the form.
///
/// A field that may come several times is a `Vec`, one that may be absent an `Option`. The request must have
/// `content-type: application/x-www-form-urlencoded`. A form that is sent by GET is a [`Query`](super::Query).
///
/// Any page can have its visitor's browser send a form here, with the visitor's cookies: what a form may change
/// wants more than a cookie for proof.
///
/// ```
/// use tsk_http::{Form, post};
///
/// #[derive(serde::Deserialize)]
/// struct Comment { name: String, text: String }
///
/// let route = post("/comments", |Form(comment): Form<Comment>| async move { comment.name });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

/// The body is form data, but not of the form that the route takes.
pub const UNPROCESSABLE_FORM: Kind =
    kind("urn:tsk:problems/unprocessable-form", "Unprocessable form data", StatusCode::UNPROCESSABLE_ENTITY);

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

impl<T: DeserializeOwned + Send> FromRequest for Form<T> {
    type Rejection = Problem;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Problem>> + Send + use<T> {
        body::read_as(expected(&parts.headers), body, |bytes| parsed(bytes).map(Self))
    }
}

/// `None` where the body is empty.
impl<T: DeserializeOwned + Send> OptionalFromRequest for Form<T> {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<T> {
        body::read_optional(expected(&parts.headers), body, |bytes| parsed(bytes).map(Self))
    }
}

fn expected(headers: &HeaderMap) -> Expected {
    let is_there = media_type::essence(headers).eq_ignore_ascii_case(MEDIA_TYPE.as_bytes());
    Expected { media_type: MEDIA_TYPE, is_there }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    parsed::form(bytes, UNPROCESSABLE_FORM, Location::Body)
}

impl<T: Validate> Validate for Form<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Body));
    }
}
