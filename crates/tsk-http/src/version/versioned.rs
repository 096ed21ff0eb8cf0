//! Bodies in the form of the version that a request is for.

use std::future::Future;

use http::{Response, request::Parts};
use tsk_core::{Body, IntoResponse, Problem, respond::Requirements};

use super::{Position, Read, Shape, Write};
use crate::{
    answer,
    extract::{FromRequest, OptionalFromRequest, read_json, read_optional_json},
    validate::{Faults, Location, Validate},
};

/// A value as JSON, like [`Json`](crate::Json), in the form that it has in the version of the request: the handler sees the
/// newest form alone.
///
/// `T` implements [`Evolve`](super::Evolve); an answer may be a `Vec` of such. The route must be of a version, and the
/// versions in which `T` changed must be among those of the API: otherwise the service does not start.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use tsk_http::{Problem, Router, post, version::{Evolve, Oldest, Versioned, Versions}};
/// # #[derive(Serialize, Deserialize)] struct GreetingV1 { text: String }
/// # #[derive(Serialize, Deserialize)] struct Greeting { words: Vec<String> }
/// impl Evolve for Greeting {
///     type Older = Oldest<GreetingV1>;
///     const SINCE: &'static str = "v2";
///     // ..
/// #   fn up(GreetingV1 { text }: GreetingV1) -> Result<Self, Problem> {
/// #       Ok(Self { words: text.split(' ').map(str::to_owned).collect() })
/// #   }
/// #   fn down(self) -> GreetingV1 { GreetingV1 { text: self.words.join(" ") } }
/// }
///
/// async fn mirror(Versioned(mut greeting): Versioned<Greeting>) -> Versioned<Greeting> {
///     greeting.words.reverse();
///     Versioned(greeting)
/// }
///
/// let versions = Versions::by_path(["v1", "v2"]);
/// assert!(Router::new().versions(versions).route(post("/mirror", mirror)).build().is_ok());
///
/// let error = Router::new().route(post("/mirror", mirror)).build().unwrap_err();
/// assert!(error.to_string().contains("changed in `v2`"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Versioned<T>(pub T);

impl<T: Read<Value = T> + Send> FromRequest for Versioned<T> {
    type Rejection = Problem;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Problem>> + Send + use<T> {
        let position = Position::of(&parts.extensions);
        read_json(parts, body, move |json| read(position.as_ref(), json))
    }

    fn requires(requirements: &mut Requirements) {
        requires::<T>(requirements);
    }
}

/// `None` where the body is empty.
impl<T: Read<Value = T> + Send> OptionalFromRequest for Versioned<T> {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<T> {
        let position = Position::of(&parts.extensions);
        read_optional_json(parts, body, move |json| read(position.as_ref(), json))
    }
}

fn read<T: Read<Value = T>>(position: Option<&Position>, json: &[u8]) -> Result<Versioned<T>, Problem> {
    T::read(position.ok_or_else(nowhere)?, json).map(Versioned)
}

impl<T: Write<Value = T>> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response<Body> {
        let Some(position) = Position::current() else { return nowhere().into_response() };
        answer::json(|json| T::write(self.0, &position, json))
    }

    fn requires(requirements: &mut Requirements) {
        requires::<T>(requirements);
    }
}

impl<T: Validate> Validate for Versioned<T> {
    fn validate(&self, faults: &mut Faults) {
        self.0.validate(faults.within(Location::Body));
    }
}

fn requires<T: Shape>(requirements: &mut Requirements) {
    let mut versions = Vec::new();
    T::changes(&mut versions);
    requirements.versions::<T>(versions);
}

/// Start-up has checked the routes; only who makes an answer outside of the handler's future gets here.
#[cold]
fn nowhere() -> Problem {
    Problem::internal("a `Versioned` was read or answered outside of a handler of a version")
}
