//! Who is calling, as an argument of a handler.

use std::{any::TypeId, fmt, marker::PhantomData, sync::Arc};

use http::request::Parts;
use tsk_core::{
    DescribeInput, DescribeOptionalInput, FromParts, Operation, OptionalFromParts, Principal, Problem,
    RequestContext,
};

use crate::{Identity, identity::Unanswered, jwt::Claims, problem};

#[cfg(feature = "axum")]
mod axum;

/// The caller, as a gate has found out: `Authenticated` for who it is, `Authenticated<Claims<C>>` for what its token says as
/// well.
///
/// A request of nobody is answered with 401; `Option<Authenticated>` leaves it to the handler. Where whoever knows could not be
/// asked, the answer is 503, be the route public or not: nobody is taken for a stranger by mistake. Claims of another type than the
/// gate reads are a mistake of the application, and answered with 500.
///
/// ```
/// use tsk_auth::{Authenticated, jwt::Claims};
///
/// #[derive(serde::Deserialize)]
/// struct Staff {
///     department: String,
/// }
///
/// async fn hello(caller: Authenticated<Claims<Staff>>) -> String {
///     format!("{} of {}", caller.principal().id(), caller.claims().own().department)
/// }
/// ```
pub struct Authenticated<T = ()> {
    context: RequestContext,
    claims: PhantomData<fn() -> T>,
}

impl<T> Authenticated<T> {
    /// Who it is.
    pub fn principal(&self) -> &Arc<Principal> {
        self.context.principal().expect("there is one, or there would be no `Authenticated`")
    }
}

impl<C: Send + Sync + 'static> Authenticated<Claims<C>> {
    /// What its token says.
    pub fn claims(&self) -> &Claims<C> {
        Identity::of(&self.context)
            .and_then(Identity::claimed)
            .expect("they are there, or there would be no `Authenticated`")
    }
}

impl<T: Send + Sync + 'static> Authenticated<T> {
    /// `None` where nobody is known.
    fn read(parts: &Parts) -> Result<Option<Self>, Problem> {
        let Some(context) = RequestContext::get(&parts.extensions) else { return Ok(None) };
        if context.principal().is_none() {
            return Unanswered::of(context).map_or(Ok(None), Err);
        }
        let claims = || Identity::of(context).and_then(Identity::claimed::<T>);
        if TypeId::of::<T>() != TypeId::of::<()>() && claims().is_none() {
            let name = std::any::type_name::<T>();
            return Err(Problem::internal(format!(
                "a handler asks for {name}, and the gate has read other claims"
            )));
        }
        Ok(Some(Self { context: context.clone(), claims: PhantomData }))
    }
}

impl<T: Send + Sync + 'static> FromParts for Authenticated<T> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        Self::read(parts)?.ok_or_else(|| Problem::of(problem::UNAUTHENTICATED))
    }
}

impl<T: Send + Sync + 'static> OptionalFromParts for Authenticated<T> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        Self::read(parts)
    }
}

impl<T> DescribeInput for Authenticated<T> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(401, "Nobody is known to be calling.");
    }
}

impl<T> DescribeOptionalInput for Authenticated<T> {
    fn describe_optional(_: &mut Operation, _: &[Box<str>]) {}
}

impl<T> fmt::Debug for Authenticated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authenticated").field(self.principal()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Request;
    use tsk_core::principal::Kind;

    use super::*;

    fn parts(principal: bool) -> Parts {
        let mut request = Request::new(());
        let context = RequestContext::ensure(request.extensions_mut());
        if principal {
            let identity = Identity::new(Principal::new("ada", Kind::User)).claims(Arc::new(7_u8));
            Arc::new(identity).enter(&context);
        }
        request.into_parts().0
    }

    #[test]
    fn who_is_known_is_given_and_nobody_is_refused() {
        let caller = Authenticated::<()>::from_parts(&mut parts(true)).unwrap();
        assert_eq!(caller.principal().id(), "ada");
        for mut parts in [parts(false), Request::new(()).into_parts().0] {
            assert_eq!(Authenticated::<()>::from_parts(&mut parts).unwrap_err().status(), 401);
            assert!(Option::<Authenticated>::from_parts(&mut parts).unwrap().is_none());
        }
    }

    #[test]
    fn claims_of_another_type_are_a_fault_of_the_service() {
        assert!(Authenticated::<u8>::from_parts(&mut parts(true)).is_ok());
        for problem in [
            Authenticated::<Claims<u8>>::from_parts(&mut parts(true)).unwrap_err(),
            Option::<Authenticated<Claims<u8>>>::from_parts(&mut parts(true)).unwrap_err(),
        ] {
            assert_eq!(problem.status(), 500);
        }
    }
}
