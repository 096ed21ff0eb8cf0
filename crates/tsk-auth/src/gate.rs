//! The gate: who is calling, and whether it may.

use std::{collections::BTreeMap, fmt, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, Response, header};
use tsk_core::{
    Admission, BindError, Body, Endpoint, Gate, Head, Operation, Policy, Problem, RequestContext, RouteTable,
};

use crate::{
    Attempt, Error, Identity, Scheme,
    access::{Access, Demand, Plan, Roles},
    problem,
    scheme::Asking,
};

/// Finds out who is calling, and lets those in who may use the route.
///
/// The schemes are tried in their order, and the first for which there is a proof decides. A proof that is not believed lets
/// nobody in, be there others; on a route that everybody may use it is as if there were none.
///
/// **A service with a route that does not declare who may use it does not start.**
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
    plan: Plan,
}

struct Inner {
    schemes: Vec<Box<dyn Scheme>>,
    roles: Roles,
    demands: Vec<Demand>,
    unmatched: Access,
    login: Option<HeaderValue>,
}

/// How an [`Auth`] is made.
#[must_use]
pub struct Builder(Inner);

impl Auth {
    /// Nobody is known yet.
    pub fn builder() -> Builder {
        Builder(Inner {
            schemes: Vec::new(),
            roles: Roles::default(),
            demands: Vec::new(),
            unmatched: Access::authenticated(),
            login: None,
        })
    }

    /// What roles permit.
    pub fn roles(&self) -> &Roles {
        &self.inner.roles
    }

    /// What a route demands.
    pub fn access(&self, endpoint: &Endpoint) -> &Access {
        self.plan.get(endpoint)
    }

    /// Lets somebody in who is known, or says why not.
    #[inline]
    fn enter(&self, identity: Arc<Identity>, context: &RequestContext) -> Result<(), Response<Body>> {
        let access = self.plan.get(context.endpoint());
        let decided = access.decide(identity.granted(), &self.inner.roles);
        let refusal = decided.err().map(|unmet| forbidden(&identity, unmet));
        if !identity.enter(context) {
            return Err(Problem::internal("somebody else has said who is calling: there are two gates that do").into());
        }
        refusal.map_or(Ok(()), Err)
    }

    /// The answer to somebody who has brought no proof.
    #[cold]
    fn unauthenticated(&self, browser: Option<&Browser>) -> Response<Body> {
        if let (Some(login), Some(_)) = (&self.inner.login, browser) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = http::StatusCode::SEE_OTHER;
            response.headers_mut().insert(header::LOCATION, login.clone());
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return response;
        }
        let mut response = Response::from(Problem::of(problem::UNAUTHENTICATED));
        for challenge in self.inner.schemes.iter().filter_map(|scheme| scheme.challenge()) {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The answer to somebody who may not.
#[cold]
fn forbidden(identity: &Identity, unmet: &Access) -> Response<Body> {
    tracing::debug!(principal = identity.principal().id(), unmet = %unmet, "access is refused");
    Problem::of(problem::FORBIDDEN).with("required", unmet.to_string()).into()
}

/// Somebody who looks at pages: it is sent to where it can log in.
struct Browser;

impl Browser {
    fn of(head: Head<'_>) -> Option<Self> {
        let looks = *head.method == Method::GET && accepts_html(head.headers);
        looks.then_some(Self)
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let media = range.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("text/html")
    })
}

impl Gate for Auth {
    type Ticket = ();
    type Wait = std::pin::Pin<Box<dyn Future<Output = Result<(), Response<Body>>> + Send>>;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<(), Self::Wait> {
        let attempts = self.inner.schemes.iter().map(|scheme| scheme.attempt(head));
        let proved = attempts.into_iter().find(|attempt| !matches!(attempt, Attempt::Absent));
        let is_public = self.plan.get(head.context.endpoint()).is_public();
        let result = match proved {
            Some(Attempt::Known(identity)) => self.enter(identity, head.context),
            Some(Attempt::Wait(asking)) => return Admission::Wait(self.wait(asking, head.context.clone(), is_public)),
            _ if is_public => Ok(()),
            Some(Attempt::Refused(response)) => Err(response),
            Some(Attempt::Absent) | None => Err(self.unauthenticated(Browser::of(head).as_ref())),
        };
        match result {
            Ok(()) => Admission::Pass(()),
            Err(response) => Admission::Refuse(response),
        }
    }
}

impl Auth {
    fn wait(&self, asking: Asking, context: RequestContext, is_public: bool) -> <Self as Gate>::Wait {
        let auth = self.clone();
        Box::pin(async move {
            match asking.await {
                Ok(identity) => auth.enter(identity, &context),
                Err(_) if is_public => Ok(()),
                Err(response) => Err(response),
            }
        })
    }
}
