//! What the caller may do, as an argument of a handler.

use std::sync::Arc;

use http::request::Parts;
use tsk_core::{
    Authority, DescribeInput, DescribeOptionalInput, FromParts, Operation, OptionalFromParts, Principal,
    Problem, RequestContext, authority::Caller,
};

use crate::{Auth, access::Permission, identity::Unanswered, problem};

/// What the caller may do, where that depends on what a handler finds: on whose order it is.
///
/// A request of nobody is answered with 401; `Option<Permits>` leaves it to the handler. It asks the
/// [`Authority`] of the service, which is its [`Auth`]. In a service that does not put it on
/// the [`Scope`](tsk_core::context::Scope) of connections, a clone of the `Auth` is an extension of the request: in axum, by the
/// layer `Extension`. Where there is neither, nobody may anything.
///
/// ```
/// use tsk_auth::{Permits, access::Permission};
/// use tsk_core::Problem;
///
/// const ORDERS_READ: Permission = Permission::new("orders:read");
/// # struct Order { customer: String }
/// # async fn find(_: u64) -> Order { Order { customer: "ada".into() } }
///
/// async fn order(permits: Permits) -> Result<String, Problem> {
///     let order = find(17).await;
///     if order.customer != permits.principal().id() {
///         permits.require(&ORDERS_READ)?;
///     }
///     Ok(order.customer)
/// }
/// ```
#[derive(Debug)]
pub struct Permits {
    caller: Caller,
    authority: Option<Arc<dyn Authority>>,
}

impl Permits {
    /// Who is calling.
    pub fn principal(&self) -> &Principal {
        self.caller.principal()
    }

    /// Whether it has a permission.
    pub fn has(&self, permission: &Permission) -> bool {
        self.authority.as_ref().is_some_and(|authority| authority.permits(&self.caller, permission.name()))
    }

    /// Goes on if it has a permission.
    ///
    /// # Errors
    ///
    /// The answer to somebody who has not, with 403.
    pub fn require(&self, permission: &Permission) -> Result<(), Problem> {
        if self.has(permission) { Ok(()) } else { Err(forbidden(permission.name())) }
    }

    /// Goes on if that is so which `rule` says, such as "owner of the order".
    ///
    /// # Errors
    ///
    /// The answer to somebody of whom it is not, with 403. It names the rule.
    pub fn require_that(&self, rule: &'static str, is_so: bool) -> Result<(), Problem> {
        if is_so { Ok(()) } else { Err(forbidden(rule)) }
    }
}

fn forbidden(required: &str) -> Problem {
    Problem::of(problem::FORBIDDEN).with("required", required)
}

impl FromParts for Permits {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        Self::optional_from_parts(parts)?.ok_or_else(|| Problem::of(problem::UNAUTHENTICATED))
    }
}

impl OptionalFromParts for Permits {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        let Some(context) = RequestContext::get(&parts.extensions) else { return Ok(None) };
        let Some(caller) = Caller::of(context) else { return Unanswered::of(context).map_or(Ok(None), Err) };
        let own = || Some(Arc::new(parts.extensions.get::<Auth>()?.clone()) as Arc<dyn Authority>);
        let authority = context.scope().authority().cloned().or_else(own);
        Ok(Some(Self { caller, authority }))
    }
}

impl DescribeInput for Permits {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        operation.problem(401, "It is not known who is calling.");
        Self::describe_optional(operation, params);
    }
}

impl DescribeOptionalInput for Permits {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(403, "The caller may not do this.");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Request;
    use tsk_core::principal::Kind;

    use super::*;
    use crate::{
        Identity,
        access::{Access, Grants, Roles},
    };

    const WRITE: Permission = Permission::new("posts:write");

    fn auth() -> Auth {
        let roles = Roles::builder().role("editor", ["posts:*"]).build().unwrap();
        Auth::builder().roles(roles).everywhere(Access::authenticated())
    }

    fn parts(role: Option<&str>, auth: Option<Auth>) -> Parts {
        let mut request = Request::new(());
        let context = RequestContext::ensure(request.extensions_mut());
        if let Some(role) = role {
            let identity =
                Identity::new(Principal::new("ada", Kind::User)).grants(Grants::default().role(role));
            Arc::new(identity).enter(&context);
        }
        if let Some(auth) = auth {
            request.extensions_mut().insert(auth);
        }
        request.into_parts().0
    }

    #[test]
    fn what_the_caller_may_is_what_the_gate_says() {
        let may = |role, auth| Permits::from_parts(&mut parts(Some(role), auth)).unwrap().has(&WRITE);
        assert!(may("editor", Some(auth())));
        assert!(!may("reader", Some(auth())));
        assert!(!may("editor", None), "there is nobody to say so");
        let permits = Permits::from_parts(&mut parts(Some("reader"), Some(auth()))).unwrap();
        assert_eq!(permits.require(&WRITE).unwrap_err().status(), 403);
        assert_eq!(permits.require_that("owner of the post", false).unwrap_err().status(), 403);
        assert!(permits.require_that("owner of the post", true).is_ok());
        assert_eq!(permits.principal().id(), "ada");
    }

    #[test]
    fn nobody_is_refused_or_none() {
        for mut parts in [parts(None, Some(auth())), Request::new(()).into_parts().0] {
            assert_eq!(Permits::from_parts(&mut parts).unwrap_err().status(), 401);
            assert!(Option::<Permits>::from_parts(&mut parts).unwrap().is_none());
        }
    }
}
