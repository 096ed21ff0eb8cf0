//! The limit as a gate.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use tsk_core::{
    Admission, BindError, Body, Endpoint, Gate, Head, Operation, Policy, Principal, Problem, RouteTable,
    problem::Kind,
};

use super::{
    Config, Priority,
    counters::{Counters, Refused},
    insight::AdaptiveInsight,
    limiter::Limiter,
    permit::Permit,
    wait::{Slot, Wait},
};
use crate::Error;

/// More to do than the service can work on.
const OVERLOADED: Kind =
    Kind { uri: "urn:tsk:problems/overloaded", title: "Overloaded", status: StatusCode::SERVICE_UNAVAILABLE };

/// Lets no more requests be worked on at a time than the service can: [`Gate`], for [`GateLayer`](tsk_core::GateLayer).
///
/// To be bound to the routes of the service, so that each is measured by itself and has the priority that it declares; where
/// nobody does, all requests are one route. A clone is the same gate, and cheap.
#[derive(Clone)]
pub struct AdaptiveGate {
    shared: Arc<Shared>,
}

/// What a caller's requests matter, by who calls and what matters the route.
type ByPrincipal = Arc<dyn Fn(&Principal, Priority) -> Priority + Send + Sync>;

/// What the clones of a gate share.
pub(super) struct Shared {
    pub(super) limiter: Limiter<Arc<Slot>>,
    pub(super) counters: Counters,
    pub(super) names: Box<[Box<str>]>,
    /// Whose place it takes, until it is bound.
    former: Option<Arc<Shared>>,
    priorities: Box<[Priority]>,
    by_principal: Option<ByPrincipal>,
    config: Config,
}

impl AdaptiveGate {
    /// A gate of those settings. Whether they say that there is one is for the caller to look at.
    ///
    /// # Errors
    ///
    /// A lowest limit below 2 or above the highest, and a wait of more than a minute.
    pub fn new(config: &Config) -> Result<Self, Error> {
        config.check()?;
        Ok(Self { shared: Arc::new(Shared::new(config.clone(), None, None, &RouteTable::default())) })
    }

    /// Has it depend on the caller how much a request matters: `priority` is told the caller and the priority of the route, and
    /// gives that of the request. It is asked only where authentication knows the caller.
    ///
    /// To be called before the gate is bound.
    ///
    /// ```
    /// use tsk_ratelimit::adaptive::{AdaptiveGate, Config, Priority};
    ///
    /// let gate = AdaptiveGate::new(&Config::default())?.by_principal(|caller, route| match caller.tier_name() {
    ///     Some("gold") => Priority::Critical,
    ///     Some("free") => route.min(Priority::Sheddable),
    ///     _ => route,
    /// });
    /// # Ok::<(), tsk_ratelimit::Error>(())
    /// ```
    #[must_use]
    pub fn by_principal(
        mut self,
        priority: impl Fn(&Principal, Priority) -> Priority + Send + Sync + 'static,
    ) -> Self {
        let Shared { config, former, .. } = &*self.shared;
        let (priority, routes) = (Some(Arc::new(priority) as ByPrincipal), RouteTable::default());
        self.shared = Arc::new(Shared::new(config.clone(), priority, former.clone(), &routes));
        self
    }

    /// Has it begin with what another has found out, in whose place it comes: the limit, within the bounds of this one, and how
    /// long routes take that are the same by method and template.
    ///
    /// To be called before the gate is bound.
    #[must_use]
    pub fn succeeding(mut self, former: &Self) -> Self {
        let Shared { config, by_principal, .. } = &*self.shared;
        let (former, routes) = (Some(Arc::clone(&former.shared)), RouteTable::default());
        self.shared = Arc::new(Shared::new(config.clone(), by_principal.clone(), former, &routes));
        self
    }

    /// What it shows of itself. To be called when the gate is bound.
    pub fn insight(&self) -> AdaptiveInsight {
        AdaptiveInsight::new(Arc::clone(&self.shared))
    }

    /// How many requests may be worked on at a time, at present.
    pub fn limit(&self) -> u32 {
        self.shared.limiter.limit()
    }
}

impl Policy for AdaptiveGate {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let Shared { config, by_principal, former, .. } = &*self.shared;
        let (by_principal, former) = (by_principal.clone(), former.clone());
        let mut shared = Shared::new(config.clone(), by_principal, former, routes);
        // What it has to say is said, and the former gate may go.
        shared.former = None;
        self.shared = Arc::new(shared);
        Ok(())
    }

    fn describe(&self, _: &Endpoint, operation: &mut Operation) {
        let answer = operation.problem(503, "There is more to do than the service can work on at present.");
        answer
            .headers
            .entry("retry-after".into())
            .or_insert_with(|| json!({ "type": "integer", "minimum": 1 }));
    }
}

impl Gate for AdaptiveGate {
    type Ticket = Permit;
    type Wait = Wait;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<Permit, Wait> {
        let shared = &self.shared;
        let route = head.context.endpoint().index();
        let mut priority = shared.priorities.get(route).copied().unwrap_or_default();
        if let Some(by_principal) = &shared.by_principal
            && let Some(principal) = head.context.principal()
        {
            priority = by_principal(principal, priority);
        }
        let route = u32::try_from(route).unwrap_or(u32::MAX);
        if shared.limiter.enter(priority) {
            Admission::Pass(Permit::new(Arc::clone(shared), route))
        } else {
            shared.wait(route, priority)
        }
    }
}

impl Shared {
    fn new(
        config: Config,
        by_principal: Option<ByPrincipal>,
        former: Option<Arc<Self>>,
        routes: &RouteTable,
    ) -> Self {
        let endpoints = || (0..routes.len()).map(|index| routes.get(index));
        let names: Box<[Box<str>]> = endpoints().map(|endpoint| endpoint.to_string().into()).collect();
        let limiter = Limiter::new(&config, routes.len(), Instant::now());
        if let Some(former) = &former {
            let known = former.names.iter().map(|name| &**name).zip(former.limiter.routes());
            limiter.succeed(former.limiter.limit(), &names, &known.collect());
        }
        Self {
            counters: Counters::new(limiter.limit()),
            limiter,
            names,
            former,
            priorities: endpoints().map(|endpoint| Priority::of(endpoint).unwrap_or_default()).collect(),
            by_principal,
            config,
        }
    }

    #[cold]
    fn wait(self: &Arc<Self>, route: u32, priority: Priority) -> Admission<Permit, Wait> {
        let now = Instant::now();
        let slot = Arc::new(Slot::default());
        match self.limiter.wait(Arc::clone(&slot), priority, now) {
            Some(out) if Arc::ptr_eq(&out, &slot) => {
                return Admission::Refuse(refuse(self, priority, Refused::Full, now));
            }
            Some(out) => out.displace(),
            None => {}
        }
        self.counters.wait(priority);
        let deadline = now + self.config.queue_timeout;
        Admission::Wait(Wait::new(Arc::clone(self), slot, route, priority, deadline))
    }

    #[inline]
    pub(super) fn measure(&self, route: u32, took: Duration, is_example: bool, now: Instant) {
        if let Some(moved) = self.limiter.measure(route as usize, took, is_example, now) {
            self.counters.moved(&moved);
        }
    }

    #[inline]
    pub(super) fn begun(&self) {
        self.limiter.begun();
        self.call();
    }

    #[inline]
    pub(super) fn leave(&self, has_begun: bool) {
        self.limiter.leave(has_begun);
        self.call();
    }

    #[inline]
    fn call(&self) {
        if self.limiter.is_waited_for() {
            self.limiter.call(Instant::now());
        }
    }
}

#[cold]
pub(super) fn refuse(shared: &Shared, priority: Priority, why: Refused, now: Instant) -> Response<Body> {
    shared.counters.refuse(priority, why);
    let after = HeaderValue::from(shared.limiter.retry_after(now));
    Problem::of(OVERLOADED)
        .detail("There is more to do than the service can work on at present.")
        .header(header::RETRY_AFTER, after)
        .into()
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("limit", &self.limiter.limit()).finish_non_exhaustive()
    }
}

impl fmt::Debug for AdaptiveGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdaptiveGate").field("limit", &self.limit()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
