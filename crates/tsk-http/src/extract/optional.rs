//! Bodies that a request may lack, and those whose refusal is the handler's to answer.

use std::{convert::Infallible, future::Future};

use http::request::Parts;
use tsk_core::{Body, respond::Requirements};

use super::{FromRequest, ViaBody};

/// A body that a request may lack: a handler can take it as an `Option`.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` cannot be read from a request",
    label = "`{Self}` does not implement `OptionalFromRequest`"
)]
pub trait OptionalFromRequest: FromRequest<ViaBody> {
    /// Reads it; `None` where the request has no body.
    ///
    /// A body in a wrong form is refused, as it is where it has to be there.
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Self::Rejection>> + Send + use<Self>;
}

impl<T: OptionalFromRequest> FromRequest for Option<T> {
    type Rejection = T::Rejection;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, T::Rejection>> + Send + use<T> {
        T::optional_from_request(parts, body)
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// Leaves it to the handler to answer a request whose body is not as it should be.
impl<T, E> FromRequest for Result<T, E>
where
    T: FromRequest<Rejection = E> + Send,
    E: Send,
{
    type Rejection = Infallible;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Infallible>> + Send + use<T, E> {
        let read = T::from_request(parts, body);
        async move { Ok(read.await) }
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}
