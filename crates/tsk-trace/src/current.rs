//! Which request a thread is at work on.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use opentelemetry::{
    Context, ContextGuard,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::SpanData;
use tsk_core::context::Trace;

use crate::{
    propagate::{self, Baggage, Propagators},
    record::Exception,
};

/// What becomes of what a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// There is no request.
    Outside,
    /// Nothing.
    Unsampled,
    /// Its errors are kept until its end is known.
    Watched,
    /// Its spans as well.
    Buffered,
    /// It is recorded.
    Sampled,
}

/// The identifiers of a request, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) id: u128,
    pub(crate) span: u64,
    pub(crate) mode: Mode,
    pub(crate) is_random: bool,
    pub(crate) propagators: Propagators,
}

impl Default for Place {
    #[inline]
    fn default() -> Self {
        Self::NOWHERE
    }
}

impl Place {
    const NOWHERE: Self =
        Self { id: 0, span: 0, mode: Mode::Outside, is_random: false, propagators: Propagators::DEFAULT };

    pub(crate) fn trace(self) -> Trace {
        Trace { id: self.id, span: self.span, is_sampled: self.mode == Mode::Sampled }
    }

    /// Whether spans are made in it.
    #[inline]
    pub(crate) fn has_spans(self) -> bool {
        matches!(self.mode, Mode::Sampled | Mode::Buffered)
    }
}

/// What a caller gave to be carried on.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) state: Option<Arc<str>>,
    pub(crate) baggage: Baggage,
}

/// What was found in a request while a thread was at work on it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) exceptions: Vec<Exception>,
    /// Spans, where they are kept until the end is known.
    pub(crate) spans: Vec<SpanData>,
}

/// The most that is kept of a request: errors, and spans until the end is known.
const MAX_EXCEPTIONS: usize = 8;
const MAX_SPANS: usize = 128;

thread_local! {
    // Every poll of a request sets it. It is apart from what is rare, so that there is nothing to be destroyed: to look at it is
    // then a load.
    static PLACE: Cell<Place> = const { Cell::new(Place::NOWHERE) };
    /// Whether there is something in `RARE`.
    static HAS_RARE: Cell<bool> = const { Cell::new(false) };
    static RARE: Rare = const {
        Rare {
            carried: Cell::new(None),
            active: RefCell::new(Vec::new()),
            found: RefCell::new(Found { exceptions: Vec::new(), spans: Vec::new() }),
        }
    };
}

/// What there is of few requests.
struct Rare {
    carried: Cell<Option<Arc<Carried>>>,
    /// Requests that are the context of OpenTelemetry, by their spans: the last of them, and those that it is within.
    active: RefCell<Vec<(u64, ContextGuard)>>,
    found: RefCell<Found>,
}

/// What the thread was at work on before: the request within which this one is polled, which is rare.
pub(crate) type Outer = Option<Box<Interrupted>>;

/// A request that waits until one within it has been polled.
pub(crate) struct Interrupted {
    place: Place,
    carried: Option<Arc<Carried>>,
    found: Found,
}

/// As [`enter`] for a request that carries nothing, on a thread that is at work on none: nearly always. Otherwise `false`, and nothing is
/// done.
#[inline]
pub(crate) fn enter_alone(place: Place) -> bool {
    let is_alone = PLACE.get().mode == Mode::Outside;
    if is_alone {
        PLACE.set(place);
    }
    is_alone
}

/// As [`leave`] for a request that is not within another, and in which nothing was found: nearly always. Otherwise `false`, and nothing is
/// done.
#[inline]
pub(crate) fn leave_alone() -> bool {
    let is_alone = !HAS_RARE.get();
    if is_alone {
        PLACE.set(Place::NOWHERE);
    }
    is_alone
}

/// The thread is at work on a request, until it [leaves](leave). Gives what is to be given back then.
#[cold]
pub(crate) fn enter(place: Place, carried: Option<&Arc<Carried>>) -> Outer {
    let outer = if PLACE.get().mode == Mode::Outside { None } else { interrupt() };
    PLACE.set(place);
    if let Some(carried) = carried {
        // A thread that exits carries nothing.
        let _ = RARE.try_with(|rare| {
            rare.carried.set(Some(Arc::clone(carried)));
            HAS_RARE.set(true);
        });
    }
    outer
}

/// Another request is to be worked on within the one of the thread.
fn interrupt() -> Outer {
    let place = PLACE.get();
    let interrupted = RARE.try_with(|rare| {
        let found = rare.found.try_borrow_mut().map(|mut found| std::mem::take(&mut *found));
        Interrupted { place, carried: rare.carried.take(), found: found.unwrap_or_default() }
    });
    let exiting = |_| Interrupted { place, carried: None, found: Found::default() };
    Some(Box::new(interrupted.unwrap_or_else(exiting)))
}

/// Makes the request that the thread is at work on the context of OpenTelemetry, until it is left: what is to be the parent of a span.
///
/// That costs more than all else that is done for a request, and most have no spans within them: it is done when there is to be one.
pub(crate) fn activate() {
    let place = PLACE.get();
    let carried = carried();
    let _ = RARE.try_with(|rare| {
        let Ok(mut active) = rare.active.try_borrow_mut() else { return };
        if active.last().is_none_or(|(span, _)| *span != place.span) {
            active.push((place.span, context(place, carried.as_deref()).attach()));
            HAS_RARE.set(true);
        }
    });
}

/// The request, as OpenTelemetry has it.
fn context(place: Place, carried: Option<&Carried>) -> Context {
    let flags = if place.mode == Mode::Sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let state = carried.and_then(|carried| carried.state.as_deref()).and_then(|state| state.parse().ok());
    let (trace, span) = (TraceId::from(place.id), SpanId::from(place.span));
    let span = SpanContext::new(trace, span, flags, false, state.unwrap_or(TraceState::NONE));
    Context::new().with_remote_span_context(span)
}

/// The thread goes back to what it was at work on before. Gives what was found since, if anything was.
#[cold]
pub(crate) fn leave(outer: Outer) -> Option<Found> {
    let left = PLACE.get().span;
    let outer = outer.map(|outer| *outer);
    HAS_RARE.set(outer.is_some());
    let (place, carried, before) =
        outer.map_or_else(Default::default, |outer| (outer.place, outer.carried, outer.found));
    PLACE.set(place);
    let found = RARE.try_with(|rare| {
        let active = rare.active.borrow_mut().pop_if(|(span, _)| *span == left);
        drop(active);
        rare.carried.set(carried);
        let mut found = rare.found.try_borrow_mut().ok()?;
        let found = std::mem::replace(&mut *found, before);
        (!found.is_empty()).then_some(found)
    });
    found.ok().flatten()
}

impl Found {
    #[inline]
    fn is_empty(&self) -> bool {
        self.exceptions.is_empty() && self.spans.is_empty()
    }

    pub(crate) fn add(&mut self, more: Self) {
        for exception in more.exceptions {
            self.add_exception(exception);
        }
        self.spans.extend(more.spans);
        self.spans.truncate(MAX_SPANS);
    }

    pub(crate) fn add_exception(&mut self, exception: Exception) {
        if self.exceptions.len() < MAX_EXCEPTIONS {
            self.exceptions.push(exception);
        }
    }
}

/// Where the thread is.
#[inline]
pub(crate) fn place() -> Place {
    PLACE.get()
}

/// Keeps an error of the request that the thread is at work on.
pub(crate) fn add_exception(exception: Exception) {
    let _ = RARE.try_with(|rare| {
        if let Ok(mut found) = rare.found.try_borrow_mut() {
            found.add_exception(exception);
            HAS_RARE.set(true);
        }
    });
}

/// Keeps a span of the request that the thread is at work on, if it belongs to it.
pub(crate) fn add_span(span: SpanData) {
    let place = place();
    let belongs = place.mode == Mode::Buffered && span.span_context.trace_id() == place.id.into();
    let _ = RARE.try_with(|rare| {
        if let Ok(mut found) = rare.found.try_borrow_mut()
            && belongs
            && found.spans.len() < MAX_SPANS
        {
            found.spans.push(span);
            HAS_RARE.set(true);
        }
    });
}

/// The trace of the request that this thread is at work on, with the innermost of its spans; `None` outside of one.
///
/// ```
/// assert_eq!(tsk_trace::current(), None);
/// ```
pub fn current() -> Option<Trace> {
    let place = place();
    if place.mode == Mode::Outside || place.has_spans() {
        // A task that was spawned within a span has that, and no request.
        let inner = opentelemetry::Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            let ids = (
                u128::from_be_bytes(span.trace_id().to_bytes()),
                u64::from_be_bytes(span.span_id().to_bytes()),
            );
            span.is_valid().then_some((ids, span.is_sampled()))
        });
        match inner {
            Some(((id, span), is_sampled)) if place.mode == Mode::Outside || id == place.id => {
                return Some(Trace { id, span, is_sampled });
            }
            _ if place.mode == Mode::Outside => return None,
            _ => {}
        }
    }
    Some(place.trace())
}

/// What callers said of the request that this thread is at work on.
pub fn baggage() -> Baggage {
    carried().map(|carried| carried.baggage.clone()).unwrap_or_default()
}

/// Tells a service that is called of the trace of the request that this thread is at work on, and of its baggage; nothing
/// outside of a request.
///
/// It is told whether the trace is sampled or not: one that is not has identifiers all the same, and whoever is called
/// knows not to sample.
pub fn inject(headers: &mut http::HeaderMap) {
    if let Some(trace) = current() {
        inject_as(trace, headers);
    }
}

/// As [`inject`], but of a given trace.
pub(crate) fn inject_as(trace: Trace, headers: &mut http::HeaderMap) {
    let (place, carried) = (place(), carried());
    let state = carried.as_ref().and_then(|carried| carried.state.as_deref());
    let Trace { id, span, is_sampled } = trace;
    let is_random = place.is_random && place.id == id;
    place.propagators.inject(&propagate::Span { id, span, is_sampled, is_random, state }, headers);
    if let Some(carried) = carried {
        place.propagators.inject_baggage(&carried.baggage, headers);
    }
}

fn carried() -> Option<Arc<Carried>> {
    let carried = |rare: &Rare| {
        let carried = rare.carried.take();
        rare.carried.set(carried.clone());
        carried
    };
    if HAS_RARE.get() { RARE.try_with(carried).ok().flatten() } else { None }
}

#[cfg(test)]
mod tests;
