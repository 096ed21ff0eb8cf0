//! Functions as handlers.

use std::future::Future;

use http::{Response, request::Parts};
use tsk_core::{Body, FromParts, respond::Requirements};

use self::called::{Reading, rejected};
use crate::extract::FromRequest;

mod called;
mod erased;
mod mounted;

pub(crate) use called::Called;
pub(crate) use erased::{Answer, Answering, Erased};
pub(crate) use mounted::Mount;
pub use mounted::MountedService;

/// A function that can answer requests: `async fn(A, B, …) -> R`.
///
/// Every argument but the last implements [`FromParts`]; the last may instead read the body, by
/// [`FromRequest`]. The result implements [`IntoResponse`](tsk_core::IntoResponse). There may be up to eight arguments.
///
/// The requirements are separate bounds on the functions that declare routes, [`get`](crate::get) and its
/// like, so that the compiler names the argument that does not meet them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a function of at most eight arguments that can be called again and again, from any thread",
    note = "a handler is an `async fn`, or a closure `|..| async move {{ .. }}` that is `Clone + Send + Sync + 'static`"
)]
pub trait Handler<A>: Clone + Send + Sync + 'static {
    /// What the function returns.
    type Future;

    /// Calls it.
    fn call(&self, arguments: A) -> Self::Future;
}

/// The arguments of a handler, read from a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not arguments that a handler can take",
    note = "every argument but the last must implement `FromParts`; the last may implement `FromRequest` instead"
)]
pub trait Arguments<M>: Sized + Send {
    /// Reads what is in the head at once, and the body, if it is asked for, in the future.
    fn extract(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Rejected>> + Send + use<Self, M>;

    /// Names the shared values that must be there.
    fn requires(requirements: &mut Requirements);
}

impl<F, R> Handler<()> for F
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
{
    type Future = R;

    #[inline]
    fn call(&self, (): ()) -> R {
        self()
    }
}

impl Arguments<()> for () {
    #[inline]
    fn extract(_: &mut Parts, _: Body) -> impl Future<Output = Result<Self, Rejected>> + Send + use<> {
        std::future::ready(Ok(()))
    }

    fn requires(_: &mut Requirements) {}
}

macro_rules! functions {
    ($($first:ident)* , $last:ident) => {
        #[allow(non_snake_case, reason = "the type parameters name the arguments")]
        impl<F, R, $($first,)* $last> Handler<($($first,)* $last,)> for F
        where
            F: Fn($($first,)* $last) -> R + Clone + Send + Sync + 'static,
        {
            type Future = R;

            #[inline]
            fn call(&self, ($($first,)* $last,): ($($first,)* $last,)) -> R {
                self($($first,)* $last)
            }
        }

        #[allow(non_snake_case, reason = "the type parameters name the arguments")]
        impl<M, $($first,)* $last> Arguments<M> for ($($first,)* $last,)
        where
            $($first: FromParts + Send,)*
            $last: FromRequest<M> + Send,
        {
            #[inline]
            fn extract(
                parts: &mut Parts,
                body: Body,
            ) -> impl Future<Output = Result<Self, Rejected>> + Send + use<M, $($first,)* $last> {
                let read = move || -> Result<_, Rejected> {
                    $(let $first = $first::from_parts(parts).map_err(rejected)?;)*
                    Ok(($last::from_request(parts, body), move |$last| ($($first,)* $last,)))
                };
                Reading::new(read())
            }

            fn requires(requirements: &mut Requirements) {
                $($first::requires(requirements);)*
                $last::requires(requirements);
            }
        }
    };
}
functions!(, A);
functions!(A, B);
functions!(A B, C);
functions!(A B C, D);
functions!(A B C D, E);
functions!(A B C D E, G);
functions!(A B C D E G, H);
functions!(A B C D E G H, I);

/// The answer to a request whose arguments could not be read; boxed, so that it does not make the handler's
/// future any larger.
pub type Rejected = Box<Response<Body>>;
