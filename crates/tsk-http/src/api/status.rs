//! Answers whose status is part of their type.

use http::{Response, StatusCode};
use tsk_core::{Body, DescribeOutput, IntoResponse, Operation, respond::Requirements};

/// An answer with a status that its type says, so that the documentation has it: `Status<201, Json<User>>`.
///
/// A pair `(StatusCode, answer)` is an answer, too, and says nothing of which status it will be.
///
/// ```
/// use tsk_http::{api::Status, delete, post};
///
/// async fn remove() -> Status<204> {
///     Status(())
/// }
///
/// let route = delete("/users/{id}", remove);
/// ```
///
/// A number that is no status, one from 100 to 999, does not compile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status<const CODE: u16, T = ()>(pub T);

impl<const CODE: u16, T> Status<CODE, T> {
    const STATUS: StatusCode = match StatusCode::from_u16(CODE) {
        Ok(status) => status,
        Err(_) => panic!("a status is a number from 100 to 999"),
    };
}

impl<const CODE: u16, T: IntoResponse> IntoResponse for Status<CODE, T> {
    fn into_response(self) -> Response<Body> {
        (Self::STATUS, self.0).into_response()
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

impl<const CODE: u16, T: DescribeOutput> DescribeOutput for Status<CODE, T> {
    fn describe_output(operation: &mut Operation) {
        let mut own = Operation::default();
        T::describe_output(&mut own);
        if let Some(answer) = own.responses.remove(&200) {
            own.responses.insert(Self::STATUS.as_u16(), answer);
        }
        operation.absorb(own);
    }
}
