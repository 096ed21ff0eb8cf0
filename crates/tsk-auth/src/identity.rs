//! Who is calling, with what it brings.

use std::{any::Any, fmt, sync::Arc};

use http::{HeaderValue, StatusCode, header};
use tsk_core::{Principal, Problem, RequestContext, problem::Kind};

use crate::access::Grants;

/// Who is calling, with what it brings: as a [`Scheme`](crate::Scheme) found out, and as the context of the request keeps it.
///
/// A scheme that remembers callers makes it once for each.
pub struct Identity {
    principal: Arc<Principal>,
    grants: Grants,
    claims: Option<Arc<dyn Any + Send + Sync>>,
}

impl Identity {
    /// Somebody who brings nothing.
    pub fn new(principal: impl Into<Arc<Principal>>) -> Self {
        Self { principal: principal.into(), grants: Grants::default(), claims: None }
    }

    /// Sets the roles and permissions that it brings.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// Sets what else is known of it: the claims of its token, say.
    #[must_use]
    pub fn claims(mut self, claims: Arc<dyn Any + Send + Sync>) -> Self {
        self.claims = Some(claims);
        self
    }

    /// Who it is.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The roles and permissions that it brings.
    pub fn granted(&self) -> &Grants {
        &self.grants
    }

    /// What else is known of it, if that is a `T`.
    pub fn claimed<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.claims.as_ref()?.downcast_ref()
    }

    /// The same, to keep.
    pub(crate) fn shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.claims.as_ref()?).downcast().ok()
    }

    /// The identity that a gate has written to the context of a request.
    pub fn of(context: &RequestContext) -> Option<&Self> {
        context.claims()
    }

    /// Writes it to the context of a request: `false` if somebody is known there already, who is never replaced.
    pub(crate) fn enter(self: Arc<Self>, context: &RequestContext) -> bool {
        context.set_principal(Arc::clone(&self.principal)) && context.set_claims(self)
    }
}

/// That it could not be found out who is calling, as whoever knows could not be asked: what stands in the context of a request
/// that is let through all the same, so that nobody takes the caller for a stranger.
pub(crate) struct Unanswered(Kind);

impl Unanswered {
    /// Writes it to the context, if that is what a problem says.
    pub(crate) fn note(problem: &Problem, context: &RequestContext) {
        if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
            context.set_claims(Arc::new(Self(problem.kind())));
        }
    }

    /// The answer to who asks who is calling.
    pub(crate) fn of(context: &RequestContext) -> Option<Problem> {
        let Self(kind) = context.claims()?;
        Some(Problem::of(*kind).header(header::RETRY_AFTER, HeaderValue::from_static("5")))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("principal", &self.principal)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}
