//! What the caller may do, as an argument of a handler.

use http::request::Parts;
use tsk_core::{DescribeInput, FromParts, Operation, Principal, Problem, RequestContext, authority::Caller};

use crate::{access::Permission, identity::Unanswered, problem};

/// What the caller may do, where that depends on what a handler finds: on whose order it is.
///
/// A request of nobody is answered with 401. It asks the [`Authority`](tsk_core::Authority) of the service, which is its
/// [`Auth`](crate::Auth); where there is none, nobody may anything.
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
    context: RequestContext,
    caller: Caller,
}

impl Permits {
    /// Who is calling.
    pub fn principal(&self) -> &Principal {
        self.caller.principal()
    }

    /// Whether it has a permission.
    pub fn has(&self, permission: &Permission) -> bool {
        let authority = self.context.scope().authority();
        authority.is_some_and(|authority| authority.permits(&self.caller, permission.name()))
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
        let context = RequestContext::get(&parts.extensions);
        let known =
            context.and_then(|context| Some(Self { caller: Caller::of(context)?, context: context.clone() }));
        let unanswered = || context.and_then(Unanswered::of);
        known.ok_or_else(|| unanswered().unwrap_or_else(|| Problem::of(problem::UNAUTHENTICATED)))
    }
}

impl DescribeInput for Permits {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(401, "It is not known who is calling.");
        operation.problem(403, "The caller may not do this.");
    }
}
