//! Who decides what a caller may do, for what outlives a request.

use std::{any::Any, fmt, future::Future, pin::Pin, sync::Arc};

use crate::{Principal, Problem, RequestContext};

/// Decides who somebody is and what it may do, where a route cannot say it beforehand: within a handler, and on a socket that
/// lives for longer than the proof by which it was opened.
///
/// A server has it on the [`Scope`](crate::context::Scope) of each connection. Whoever asks says no where there is none.
///
/// ```
/// use tsk_core::{Authority, Problem, authority::Caller};
///
/// async fn join(authority: &dyn Authority, caller: &Caller) -> Result<(), Problem> {
///     match authority.permits(caller, "chat:join") {
///         true => Ok(()),
///         false => Err(Problem::new(http::StatusCode::FORBIDDEN)),
///     }
/// }
/// ```
pub trait Authority: fmt::Debug + Send + Sync + 'static {
    /// Who it is that shows this proof: a token, in the form in which it would stand in `Authorization`.
    fn authenticate<'a>(&'a self, proof: &'a str) -> Authenticating<'a>;

    /// Whether a caller has that permission.
    fn permits(&self, caller: &Caller, permission: &str) -> bool;
}

/// What [`Authority::authenticate`] gives.
pub type Authenticating<'a> = Pin<Box<dyn Future<Output = Result<Caller, Problem>> + Send + 'a>>;

/// Who is calling, with what else authentication knows of it: to keep for as long as a socket lives.
#[derive(Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    claims: Option<Arc<dyn Any + Send + Sync>>,
}

impl Caller {
    /// Somebody of whom this is known.
    pub fn new(principal: Arc<Principal>, claims: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        Self { principal, claims }
    }

    /// Who has sent a request; `None` where it is not known.
    pub fn of(context: &RequestContext) -> Option<Self> {
        Some(Self::new(Arc::clone(context.principal()?), context.shared_claims().cloned()))
    }

    /// Says of a request that it is theirs. `false` if it was said before whose it is.
    pub fn mark(&self, context: &RequestContext) -> bool {
        let is_new = context.set_principal(Arc::clone(&self.principal));
        if let Some(claims) = self.claims.as_ref().filter(|_| is_new) {
            context.set_claims(Arc::clone(claims));
        }
        is_new
    }

    /// Who it is.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The typed claims behind the principal.
    pub fn claims<T: Any>(&self) -> Option<&T> {
        self.claims.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(&self.principal).finish()
    }
}
