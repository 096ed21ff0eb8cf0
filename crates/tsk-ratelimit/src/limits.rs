//! The limits of a service: what is set once, for all its requests.

use std::sync::Arc;

use tsk_core::{BindError, Endpoint, Operation, Policy, RouteTable};

use crate::{
    Headers, LimitGate, Rule, Store,
    bound::Bound,
    describe,
    headers::Telling,
    plan::{self, Common, Plan},
};

/// The limits of a service, which the [gates](Self::gates) apply: two, as some need to know who is calling, and others are
/// there for those whom nobody knows.
///
/// It has to be bound to the routes before gates are made of it, as they may declare limits of their own. Without, as in a
/// service that has other routes than ours, its own rules hold for all requests.
///
/// ```
/// use std::time::Instant;
/// use tower_layer::Layer as _;
/// use tsk_core::GateLayer;
/// use tsk_ratelimit::{Key, Limits, Rule, Store};
///
/// let store = Store::memory(16 << 20, Instant::now());
/// let limits = Limits::new(store)
///     .rule(Rule::per_second(50))
///     .rule(Rule::per_minute(600).by(Key::principal()));
/// let (before, after) = limits.gates()?;
/// let (before, after) = (GateLayer::new(before), GateLayer::new(after)); // tower layers, with authentication in between
/// # let _ = (before, after);
/// # Ok::<(), tsk_core::BindError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Limits {
    pub(crate) store: Store,
    pub(crate) common: Vec<Common>,
    pub(crate) telling: Telling,
    pub(crate) shows_keys: bool,
    /// Empty until it is bound.
    pub(crate) plans: Vec<Plan>,
}

impl Limits {
    /// None, of accounts in that store.
    pub fn new(store: Store) -> Self {
        Self { store, common: Vec::new(), telling: Telling::default(), shows_keys: false, plans: Vec::new() }
    }

    /// Adds a limit of all requests, those that no route matches too.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.common.push(Common { rule: Arc::new(rule), routes: Vec::new() });
        self
    }

    /// Sets which answers say how much is left. Default: [all](Headers::Always).
    pub fn headers(mut self, headers: Headers) -> Self {
        self.telling.headers = headers;
        self
    }

    /// Has the same answers say `X-RateLimit-Limit`, `-Remaining` and `-Reset` as well, of the limit of which the least is left;
    /// the last is in seconds from now. Default: no.
    pub fn legacy_headers(mut self, are_sent: bool) -> Self {
        self.telling.is_legacy = are_sent;
        self
    }

    /// Has operators see in clear who is refused, as far as 64 bytes of the key, and not only a hash that no other process
    /// has. Default: no.
    pub fn show_keys(mut self, are_shown: bool) -> Self {
        self.shows_keys = are_shown;
        self
    }

    /// The gate before authentication, and the one after it.
    ///
    /// # Errors
    ///
    /// Rules that cannot be kept, where it was not [bound](Policy::bind), which says so then.
    pub fn gates(mut self) -> Result<(LimitGate, LimitGate), BindError> {
        if self.plans.is_empty() {
            self.bind(&RouteTable::default())?;
        }
        let limits = Arc::new(self);
        Ok((LimitGate::before(Arc::clone(&limits)), LimitGate::after(limits)))
    }

    /// What the limits of a route are; those of a request that matched none, for an index beyond the routes.
    #[inline]
    pub(crate) fn plan(&self, index: usize) -> &Plan {
        self.plans.get(index).or(self.plans.last()).expect("gates are made of what is bound")
    }
}

impl Policy for Limits {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        self.plans = plan::plans(&self.common, routes, |rule, place| Bound::new(rule, place, &self.store))?;
        Ok(())
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        describe::limits(plan::rules(&self.common, endpoint), self.telling.headers, operation);
    }
}
