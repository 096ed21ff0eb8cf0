//! Watches requests, and makes spans of those that are sampled, that fail, or that are slow.

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use http::HeaderMap;
use opentelemetry::trace::SpanContext;
use tsk_core::{
    BindError, End, Head, Observe, Outcome, Peer, Policy, RequestContext, RouteTable, observe::Answer,
};

use crate::{
    clock,
    current::{self, Carried, Mode, Outer, Place},
    handle::Shared,
    ids,
    propagate::{Baggage, Propagators, Remote},
    record::{Exception, Kept, ServerSpan},
    route::Route,
};

mod seen;
#[cfg(test)]
mod tests;

use seen::Seen;

/// Watches the requests of a service. To be bound to its routes, then shared as an [`Arc`](std::sync::Arc); it is made by
/// [`Tracing::observer`](crate::Tracing::observer).
///
/// Each request has identifiers in its [`RequestContext::trace`], sampled or not, so that logs and services that are called
/// can tell of them.
pub struct TraceObserver {
    shared: Arc<Shared>,
    /// Of each route, by its index; of requests that match none, the last. One alone before it is bound.
    routes: Box<[Route]>,
    // Of what is shared, here as well: it is far apart there, and every request needs it.
    propagators: Propagators,
    unsampled: Mode,
    activates: bool,
}

impl TraceObserver {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let routes = RouteTable::default();
        let routes = Box::new([Route::new(routes.unmatched(), &shared)]);
        let (propagators, unsampled) = (shared.propagators, shared.unsampled);
        Self { propagators, unsampled, activates: shared.config.active_context, shared, routes }
    }

    #[inline]
    fn route(&self, context: &RequestContext) -> &Route {
        let index = context.endpoint_index();
        self.routes.get(index).unwrap_or_else(|| self.routes.last().expect("one at least"))
    }

    /// Watches a request whose caller says something of its trace, or of the request.
    #[inline(never)]
    fn watch_told(&self, watched: &mut Watched, head: &Head<'_>) {
        let propagators = self.propagators;
        let (remote, baggage) = (propagators.extract(head.headers), propagators.baggage(head.headers));
        self.watch(watched, head, remote, baggage);
    }

    #[cold]
    fn enter_otherwise(&self, watched: &mut Watched) {
        watched.outer = current::enter(watched.place, watched.carried.as_ref());
        if self.activates && watched.place.has_spans() {
            current::activate();
        }
    }

    /// Inlined for each of the two cases, as much of it is not there in the more frequent one.
    #[inline(always)]
    fn watch(&self, watched: &mut Watched, head: &Head<'_>, remote: Option<Remote>, baggage: Baggage) {
        let shared = &*self.shared;
        let route = self.route(head.context);
        let now = || shared.beginning.until(head.context.start());
        let (mut id, mut is_random) = (0, true);
        if let Some(remote) = &remote {
            (id, is_random) = (remote.id, remote.is_random);
        }
        if id == 0 {
            (id, is_random) = (ids::trace(), true);
        }
        let is_sampled = match &remote {
            None =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "its last bits")]
                route.sampler.samples(id as u64, now)
            }
            Some(remote) => shared.callers.samples(remote, &route.sampler, now),
        };
        let mode = if is_sampled { Mode::Sampled } else { self.unsampled };
        let place = Place { id, span: ids::span(), mode, is_random, propagators: self.propagators };
        head.context.set_trace(place.trace());
        let parent = remote.as_ref().map_or(0, |remote| remote.span);
        let state = remote.and_then(|remote| remote.state);
        let carried = (state.is_some() || !baggage.is_empty()).then(|| Arc::new(Carried { state, baggage }));
        let seen = (mode != Mode::Unsampled).then(|| {
            let mut seen = Seen::take();
            seen.fill(head, parent, is_sampled);
            seen
        });
        *watched = Watched { place, carried, seen, outer: None };
    }
}

impl fmt::Debug for TraceObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceObserver").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

impl Policy for TraceObserver {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let mut error = BindError::default();
        for endpoint in routes.iter() {
            error.absorb(Route::check(endpoint));
        }
        let unmatched = std::iter::once(routes.unmatched());
        self.routes =
            routes.iter().chain(unmatched).map(|endpoint| Route::new(endpoint, &self.shared)).collect();
        error.into_result()
    }
}

impl Observe for TraceObserver {
    type State = Watched;

    #[inline]
    fn is_active(&self) -> bool {
        self.shared.config.enabled
    }

    #[inline]
    fn begin(&self, watched: &mut Watched, head: &Head<'_>) {
        if self.propagators.has_nothing(head.headers) {
            self.watch(watched, head, None, Baggage::default());
        } else {
            self.watch_told(watched, head);
        }
    }

    #[inline]
    fn enter(&self, watched: &mut Watched) {
        if self.activates || watched.carried.is_some() || !current::enter_alone(watched.place) {
            self.enter_otherwise(watched);
        }
    }

    #[inline]
    fn leave(&self, watched: &mut Watched) {
        if watched.outer.is_some() || !current::leave_alone() {
            watched.leave_otherwise();
        }
    }

    #[inline]
    fn answered(&self, watched: &mut Watched, answer: Answer<'_>) {
        if let Some(seen) = &mut watched.seen {
            seen.answered(answer);
        }
    }

    #[inline]
    fn ended(&self, watched: &mut Watched, context: &RequestContext, outcome: &Outcome) {
        let Some(mut seen) = watched.seen.take() else { return };
        let place = watched.place;
        let duration = outcome.duration;
        let route = self.route(context);
        let is_failed =
            outcome.status.is_some_and(|status| status.is_server_error()) || outcome.end == End::Failed;
        let kept = match place.mode {
            Mode::Sampled => Some(Kept::Sampled),
            _ if is_failed => Some(Kept::Failed),
            _ if route.is_slow(duration) && !seen.is_stream => Some(Kept::Slow),
            _ => None,
        };
        if let Some(kept) = kept {
            if outcome.end == End::Failed && std::thread::panicking() {
                let panic = Exception::said("panic", "the service panicked");
                seen.found.add_exception(panic);
            }
            let carried = watched.carried.take();
            let ended = Ended { place, carried, context, outcome, duration, kept };
            ended.hand_over(&mut seen, route, &self.shared);
        }
        seen.put_back();
    }
}

/// A request that ended, and of which there is a span.
struct Ended<'a> {
    place: Place,
    carried: Option<Arc<Carried>>,
    context: &'a RequestContext,
    outcome: &'a Outcome,
    duration: Duration,
    kept: Kept,
}

impl Ended<'_> {
    fn hand_over(self, seen: &mut Seen, route: &Route, shared: &Shared) {
        let Self { place, carried, context, outcome, duration, kept } = self;
        let found = std::mem::take(&mut seen.found);
        // Of its end, because the clock may have been set since the request came.
        let end = clock::at(outcome.at);
        for mut span in found.spans {
            span.span_context = sampled(&span.span_context);
            shared.queue.inner(span);
        }
        seen.tell(&shared.secrets, context.known_request_id());
        let seen = &*seen;
        let peer = match context.peer() {
            Peer::Inet(address) => Some((address.ip(), address.port())),
            Peer::Local => None,
        };
        let span = || ServerSpan {
            trace: place.id,
            span: place.span,
            parent: seen.parent,
            start: end.saturating_sub(clock::length(duration)),
            end,
            state: carried.and_then(|carried| carried.state.clone()),
            exceptions: found.exceptions.into(),
            plan: route.plan(seen.method),
            status: outcome.status.map_or(0, |status| status.as_u16()),
            outcome: outcome.end,
            kept,
            method: seen.method,
            version: seen.version,
            is_secure: seen.says_secure || context.scope().is_secure(),
            client: context.client(&NO_HEADERS),
            peer,
        };
        shared.queue.server(&seen.texts, span);
    }
}

fn sampled(context: &SpanContext) -> SpanContext {
    let flags = context.trace_flags().with_sampled(true);
    SpanContext::new(context.trace_id(), context.span_id(), flags, false, context.trace_state().clone())
}

/// At the end of a request its headers are gone. Who asked was found out before.
static NO_HEADERS: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);

/// A request that is being watched.
#[derive(Default)]
pub struct Watched {
    place: Place,
    carried: Option<Arc<Carried>>,
    /// `None` where nothing will be said of it, whatever its end.
    seen: Option<Box<Seen>>,
    outer: Outer,
}

impl Watched {
    #[cold]
    fn leave_otherwise(&mut self) {
        if let Some(found) = current::leave(self.outer.take())
            && let Some(seen) = &mut self.seen
        {
            seen.found.add(found);
        }
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("trace", &self.place.trace()).finish_non_exhaustive()
    }
}
