//! The gate: who is calling, and whether it may.

use std::{collections::BTreeMap, fmt, future::Future, net::IpAddr, pin::Pin, sync::Arc, task::Poll};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use serde_json::json;
use tsk_core::{
    Admission, BindError, Body, Drain, Endpoint, Gate, Head, Operation, Policy, Problem, RequestContext,
    RouteTable, operation::Answer,
};

use crate::{
    Attempt, Identity, Scheme,
    access::{Access, Plan, Roles},
    audit::{Event, Kind},
    identity::Unanswered,
    login, problem,
    scheme::Asking,
};

mod builder;

pub use builder::Builder;

/// Finds out who is calling, and lets those in who may use the route.
///
/// The schemes are tried in their order, and the first for which there is a proof decides. A proof that is not believed lets
/// nobody in, be there others; on a route that everybody may use it is as if there were none. Where whoever knows cannot be asked,
/// such a route is served as well, and those handlers alone are not which ask [who is calling](crate::Authenticated).
///
/// **A service with a route that does not declare who may use it does not start.** Requests that no route is for are answered
/// to those alone of whom it is known who they are, unless the builder is told otherwise: what lies behind, such as a fallback,
/// is then not open by oversight, and strangers cannot ask which routes there are.
///
/// ```
/// use tower_layer::Layer;
/// use tsk_auth::{Auth, access::{Access, Roles}, jwt::{Bearer, Verifier}};
/// use tsk_core::{GateLayer, Policy, RouteTable};
///
/// # fn example(verifier: Verifier, routes: &RouteTable) -> Result<(), Box<dyn std::error::Error>> {
/// let roles = Roles::builder().role("editor", ["posts:write"]).build()?;
/// let mut auth = Auth::builder().scheme(Bearer::new(verifier).realm("shop")?).roles(roles).build();
/// auth.bind(routes)?; // names every route that declares nothing
/// let layer = GateLayer::new(auth);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Auth {
    settings: Arc<Builder>,
    plan: Plan,
}

impl Auth {
    /// Nobody is known yet.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// What roles permit.
    pub fn roles(&self) -> &Roles {
        &self.settings.roles
    }

    /// What a route demands: of nobody that it may be used, before the gate is bound.
    pub fn access(&self, endpoint: &Endpoint) -> &Access {
        self.plan.get(endpoint)
    }

    /// A gate with the same schemes and roles that demands this of every request: where the routes are not ours, each group of
    /// them is behind one of its own. A request goes through one of them alone.
    #[must_use]
    pub fn demanding(&self, access: impl Into<Access>) -> Self {
        Self { settings: Arc::clone(&self.settings), plan: Plan::Same(Arc::new(access.into())) }
    }

    /// Does what the schemes do besides, such as fetching keys, until the service drains. To be awaited once, as a task of the
    /// application.
    pub fn run(&self, drain: &Drain) -> impl Future<Output = ()> + Send + 'static {
        let mut running: Vec<_> = self.schemes().filter_map(|scheme| scheme.run(drain.clone())).collect();
        std::future::poll_fn(move |cx| {
            running.retain_mut(|run| run.as_mut().poll(cx).is_pending());
            if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    pub(crate) fn schemes(&self) -> impl Iterator<Item = &dyn Scheme> {
        self.settings.schemes.iter().map(|scheme| &**scheme)
    }

    /// Lets somebody in who is known by that scheme, or says why not.
    #[inline]
    fn enter(
        &self,
        scheme: usize,
        identity: Arc<Identity>,
        context: &RequestContext,
        address: impl FnOnce() -> Option<IpAddr>,
    ) -> Result<(), Problem> {
        let access = self.plan.get(context.endpoint());
        let decided = access.decide(identity.granted(), &self.settings.roles);
        let refusal = decided.err().map(|unmet| {
            let (subject, rule) = (identity.principal().id(), unmet.to_string());
            self.tell(Kind::AccessRefused, scheme, (context, address()), |event| {
                event.of(subject).reason(&rule)
            });
            self.forbidden(scheme, unmet, &rule)
        });
        if !identity.enter(context) {
            let found = "somebody else has said who is calling: a service has one gate that does";
            return Err(Problem::internal(found));
        }
        refusal.map_or(Ok(()), Err)
    }

    fn wait(&self, scheme: usize, asking: Asking, head: Head<'_>) -> <Self as Gate>::Wait {
        let (auth, context, page) = (self.clone(), head.context.clone(), page(head).cloned());
        let address = self.settings.audit.is_on().then(|| head.context.client(head.headers)).flatten();
        Box::pin(async move {
            match asking.await {
                Ok(identity) => auth.enter(scheme, identity, &context, || address).map_err(Response::from),
                Err(problem) if auth.access(context.endpoint()).is_public() => {
                    Unanswered::note(&problem, &context);
                    Ok(())
                }
                Err(problem) if problem.kind() == problem::UNAUTHENTICATED => {
                    Err(auth.unauthenticated(page.as_ref()))
                }
                Err(problem) => Err(auth.disbelieve(scheme, problem, (&context, address)).into()),
            }
        })
    }

    /// The answer to somebody whose proof is not believed.
    #[cold]
    fn disbelieve(
        &self,
        scheme: usize,
        problem: Problem,
        request: (&RequestContext, Option<IpAddr>),
    ) -> Problem {
        // An outage is nothing that anybody has done.
        if !problem.status().is_server_error() {
            self.tell(Kind::ProofRefused, scheme, request, |event| event.reason(problem.kind().uri));
        }
        problem
    }

    fn tell<'a>(
        &'a self,
        kind: Kind,
        scheme: usize,
        (context, address): (&RequestContext, Option<IpAddr>),
        say: impl FnOnce(Event<'a>) -> Event<'a>,
    ) {
        let scheme = self.settings.schemes.get(scheme).map_or("", |scheme| scheme.document().0);
        self.settings.audit.tell(kind, |event| say(event.scheme(scheme)).by(context, address));
    }

    /// The answer to somebody who has brought no proof.
    #[cold]
    fn unauthenticated(&self, page: Option<&Uri>) -> Response<Body> {
        match (&self.settings.login, page) {
            (Some(login), Some(page)) => see_other(login::and_back(login, page)),
            _ => {
                let mut challenges: Vec<_> = self.schemes().filter_map(Scheme::challenge).collect();
                // Two for bearer tokens, one after the other, ask for the same.
                challenges.dedup();
                let problem = Problem::of(problem::UNAUTHENTICATED);
                let problem = challenges
                    .into_iter()
                    .fold(problem, |problem, challenge| problem.header(header::WWW_AUTHENTICATE, challenge));
                problem.into()
            }
        }
    }

    /// The answer to somebody who may not.
    #[cold]
    fn forbidden(&self, scheme: usize, unmet: &Access, rule: &str) -> Problem {
        tracing::debug!(unmet = rule, "access is refused");
        let problem = Problem::of(problem::FORBIDDEN).with("required", rule);
        match self.settings.schemes.get(scheme).and_then(|scheme| scheme.insufficient(&unmet.permissions())) {
            Some(challenge) => problem.header(header::WWW_AUTHENTICATE, challenge),
            None => problem,
        }
    }
}

/// To where a browser can log in.
fn see_other(login: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers: [(HeaderName, HeaderValue); 2] =
        [(header::LOCATION, login), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    response.headers_mut().extend(headers);
    response
}

/// The page that a browser asks for, to show it.
fn page<'a>(head: Head<'a>) -> Option<&'a Uri> {
    (*head.method == Method::GET && accepts_html(head.headers)).then_some(head.uri)
}

pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html"))
}

impl Policy for Auth {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        if let Plan::Same(_) = self.plan {
            return Ok(());
        }
        let Builder { demands, unmatched, .. } = &*self.settings;
        self.plan = Plan::new(routes, demands, unmatched)?;
        Ok(())
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        let access = self.access(endpoint);
        if access.is_public() {
            return;
        }
        for scheme in self.schemes() {
            let (name, document) = scheme.document();
            // Only those of OAuth have scopes there (OpenAPI 3.0 §4.7.30), and in 3.1 names of roles are allowed.
            operation.schemes.entry(name.to_owned()).or_insert(document);
            let requirement = BTreeMap::from([(name.to_owned(), Vec::new())]);
            if !operation.security.contains(&requirement) {
                operation.security.push(requirement);
            }
        }
        let challenged = |answer: &mut Answer| {
            answer.headers.insert("www-authenticate".to_owned(), json!({ "type": "string" }));
        };
        challenged(operation.problem(401, "It is not known who is calling."));
        if *access != Access::authenticated() {
            challenged(
                operation.problem(403, &format!("Only those may do this of whom this is true: {access}.")),
            );
        }
        for scheme in self.schemes() {
            scheme.describe(operation);
        }
    }
}

impl Gate for Auth {
    type Ticket = ();
    type Wait = Pin<Box<dyn Future<Output = Result<(), Response<Body>>> + Send>>;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<(), Self::Wait> {
        let mut attempts = self.schemes().map(|scheme| scheme.attempt(head)).enumerate();
        let result = match attempts.find(|(_, attempt)| !matches!(attempt, Attempt::Absent)) {
            Some((scheme, Attempt::Known(identity))) => {
                self.enter(scheme, identity, head.context, || head.context.client(head.headers))
            }
            Some((scheme, Attempt::Wait(asking))) => {
                return Admission::Wait(self.wait(scheme, asking, head));
            }
            Some((_, Attempt::Refused(problem))) if self.access(head.context.endpoint()).is_public() => {
                Unanswered::note(&problem, head.context);
                Ok(())
            }
            _ if self.access(head.context.endpoint()).is_public() => Ok(()),
            Some((scheme, Attempt::Refused(problem))) => {
                let request = (head.context, head.context.client(head.headers));
                Err(self.disbelieve(scheme, problem, request))
            }
            Some((_, Attempt::Absent)) | None => {
                return Admission::Refuse(self.unauthenticated(page(head)));
            }
        };
        match result {
            Ok(()) => Admission::Pass(()),
            Err(problem) => Admission::Refuse(problem.into()),
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
