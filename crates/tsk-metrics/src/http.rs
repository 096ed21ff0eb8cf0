//! What is counted of requests.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use http::{HeaderMap, header};
use tsk_core::{BindError, Head, Observe, Outcome, Policy, RequestContext, RouteTable};

use crate::{histogram::Exemplar, shard::Here};

mod foreign;
mod glance;
mod method;
mod promised;
mod route;
#[cfg(test)]
mod tests;
mod traffic;
mod usual;

use foreign::Foreign;
pub(crate) use glance::Glance;
use method::METHODS;
#[cfg(test)]
pub(crate) use method::index as method_index;
pub(crate) use method::label as method_label;
pub(crate) use route::Ending;
use route::Route;
pub(crate) use traffic::Traffic;

/// Counts requests, from their head to the end of the answer. To be bound to the routes, and shared as an [`Arc`].
///
/// Made by [`Metrics::http`](crate::Metrics::http).
pub struct HttpMetrics {
    traffic: Arc<Traffic>,
    is_enabled: bool,
    /// Of each route, by its index. The last is for requests that match none.
    routes: Vec<ByMethod>,
    named: Option<Named>,
    foreign: Option<Foreign>,
}

/// Routes that a router of others knows, by their templates.
struct Named {
    name: Box<TemplateOf>,
    routes: RwLock<HashMap<Box<str>, Arc<ByMethod>>>,
}

type TemplateOf = dyn for<'a> Fn(&Head<'a>) -> Option<&'a str> + Send + Sync;

/// Beyond so many templates, whoever names them names paths.
const MAX_NAMED: usize = 10_000;

impl HttpMetrics {
    pub(crate) fn new(traffic: Arc<Traffic>, is_enabled: bool, is_foreign: bool) -> Self {
        let foreign = is_foreign.then(Foreign::new);
        Self { traffic, is_enabled, routes: vec![ByMethod::new("")], named: None, foreign }
    }

    /// Has somebody else tell the template of a request's route, in a service without our router. It is looked up for each
    /// request; with our router, nothing is.
    ///
    /// Of `/users/42` the template is `/users/{id}`. Where it is `None`, the request matches no route.
    ///
    /// ```
    /// use axum::extract::MatchedPath;
    ///
    /// let metrics = tsk_metrics::Metrics::new(&tsk_metrics::Config::default())?;
    /// let http = metrics
    ///     .http()
    ///     .route_by(|head| head.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    #[must_use]
    pub fn route_by<F>(mut self, template: F) -> Self
    where
        F: for<'a> Fn(&Head<'a>) -> Option<&'a str> + Send + Sync + 'static,
    {
        self.named = Some(Named { name: Box::new(template), routes: RwLock::default() });
        self
    }

    /// The route by what its router calls it.
    #[cold]
    fn named(&self, named: &Named, head: &Head<'_>, method: u8) -> Arc<Route> {
        let template = (named.name)(head).unwrap_or_default();
        let known = named.routes.read().unwrap_or_else(PoisonError::into_inner).get(template).cloned();
        if let Some(routes) = known {
            return Arc::clone(self.by_method(&routes, method));
        }
        let routes = Arc::new(ByMethod::new(template));
        let mut all = named.routes.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MAX_NAMED {
            let routes = Arc::clone(all.entry(template.into()).or_insert(routes));
            return Arc::clone(self.by_method(&routes, method));
        }
        drop(all);
        self.traffic.route(template, method, self.foreign.is_some())
    }

    #[inline]
    fn by_method<'a>(&self, routes: &'a ByMethod, method: u8) -> &'a Arc<Route> {
        routes.slots[method as usize].get().unwrap_or_else(|| self.asked_first(routes, method))
    }

    /// The route, which nobody has asked by that method yet.
    #[cold]
    #[inline(never)]
    fn asked_first<'a>(&self, routes: &'a ByMethod, method: u8) -> &'a Arc<Route> {
        let make = || self.traffic.route(&routes.template, method, self.foreign.is_some());
        routes.slots[method as usize].get_or_init(make)
    }

    #[inline]
    fn indexed(&self, context: &RequestContext, method: u8) -> &Route {
        let index = context.endpoint_index().min(self.routes.len() - 1);
        self.by_method(&self.routes[index], method)
    }
}

impl fmt::Debug for HttpMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpMetrics").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

/// A route, by each method that it has been asked by.
struct ByMethod {
    template: Box<str>,
    slots: [OnceLock<Arc<Route>>; METHODS.len()],
}

impl ByMethod {
    fn new(template: &str) -> Self {
        Self { template: template.into(), slots: Default::default() }
    }
}

impl Policy for HttpMetrics {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let endpoints = routes.iter().chain([routes.unmatched()]);
        self.routes = endpoints.map(|endpoint| ByMethod::new(endpoint.template())).collect();
        for endpoint in routes.iter() {
            if let Some(method) = endpoint.method() {
                self.by_method(&self.routes[endpoint.index()], method::index(method));
            }
        }
        Ok(())
    }
}

/// What is kept of a request.
#[derive(Debug, Default)]
pub struct Begun {
    method: u8,
    /// The length of its body, if it was given.
    length: Option<u64>,
    /// Where no index leads to it.
    route: Option<Arc<Route>>,
}

impl Observe for HttpMetrics {
    type State = Begun;

    #[inline]
    fn is_active(&self) -> bool {
        self.is_enabled
    }

    #[inline]
    fn begin(&self, begun: &mut Begun, head: &Head<'_>) {
        let method = method::index(head.method);
        self.traffic.began(Here::new(), method, method::version_index(head.version));
        if let Some(foreign) = &self.foreign {
            foreign.active[method as usize].increment(1.0);
        }
        let route = self.named.as_ref().map(|named| self.named(named, head, method));
        let length = if method::has_content(method) { content_length(head.headers) } else { None };
        *begun = Begun { method, length, route };
    }

    #[inline]
    fn ended(&self, state: &mut Begun, context: &RequestContext, outcome: &Outcome) {
        let here = Here::new();
        self.traffic.ended(here, state.method);
        let route = match &state.route {
            Some(route) => route,
            None => self.indexed(context, state.method),
        };
        let ending = Ending::new(outcome.status, outcome.end);
        // 584 years are enough.
        let nanoseconds = outcome.duration.as_nanos() as u64;
        let make = || self.traffic.outcome(route, ending, self.foreign.is_some());
        route.ended(here, ending, nanoseconds, outcome.sent, make);
        if let Some(length) = state.length {
            route.request_size.own.record(here, length);
        }
        if let Some(foreign) = &self.foreign {
            foreign.active[state.method as usize].decrement(1.0);
            route.outcome(ending, make).foreign.record(nanoseconds as f64 / 1e9);
            if let Some(length) = state.length {
                route.request_size.foreign.record(length as f64);
            }
            route.response_size.foreign.record(outcome.sent as f64);
        }
        if let Some(trace) = context.trace().filter(|trace| trace.is_sampled) {
            let at = self.traffic.unix_time(outcome.at);
            let exemplar = Exemplar { trace, value: nanoseconds, at };
            route.outcome(ending, make).duration.offer(exemplar);
        }
    }
}

#[inline]
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
