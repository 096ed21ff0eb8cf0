//! The spans and events of handlers, by `tracing`.

use std::{error::Error, fmt};

use opentelemetry::{
    Context as Otel,
    trace::{Status, TraceContextExt as _},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, Filter},
    registry::LookupSpan,
};

use crate::{
    bridge::Bridge,
    config,
    current::{self, Mode},
    exception,
    record::Exception,
};

/// What makes the spans of handlers, down to a level, part of the traces of their requests: for a subscriber that is installed
/// before there is a [`Tracing`](crate::Tracing), as that of a command is. Spans go to the one that was made last.
///
/// Where there is a `Tracing` already, [its own layer](crate::Tracing::layer) goes by its settings. Whoever adds both has each span
/// twice.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
/// use tsk_trace::config::Level;
///
/// let subscriber = tracing_subscriber::registry().with(tsk_trace::layer(Level::Info));
/// # let _ = subscriber;
/// ```
pub fn layer<S>(level: config::Level) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    bridged(&Bridge::new(None), level)
}

pub(crate) fn bridged<S>(bridge: &Bridge, level: config::Level) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let level = match level {
        config::Level::Off => LevelFilter::OFF,
        config::Level::Error => LevelFilter::ERROR,
        config::Level::Warn => LevelFilter::WARN,
        config::Level::Info => LevelFilter::INFO,
        config::Level::Debug => LevelFilter::DEBUG,
        config::Level::Trace => LevelFilter::TRACE,
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(bridge.tracer())
        .with_level(true)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_error_events_to_exceptions(false);
    // In this order: of two layers in one, only the level of the outer is heard.
    Errors.with_filter(Failing).and_then(spans.with_filter(Recorded(level)))
}

/// Lets through what becomes a span, or an event of one: what belongs to a request that is sampled.
///
/// A span costs the bridge a microsecond and many allocations even where nothing is sampled, so it must not come to know of
/// others. Before it makes the first of a request, it finds the request to be its parent.
#[derive(Debug, Clone, Copy)]
struct Recorded(LevelFilter);

impl<S: Subscriber + for<'span> LookupSpan<'span>> Filter<S> for Recorded {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        *metadata.level() <= self.0
            && match current::place().mode {
                Mode::Sampled | Mode::Buffered => {
                    if metadata.is_span() && context.lookup_current().is_none() {
                        current::activate();
                    }
                    true
                }
                Mode::Unsampled | Mode::Watched => false,
                // A task that was spawned within a span.
                Mode::Outside => context.lookup_current().is_some(),
            }
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Where the thread is decides, each time.
        if *metadata.level() <= self.0 { Interest::sometimes() } else { Interest::never() }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        // An error becomes an exception, and is not told of twice.
        *event.metadata().level() != Level::ERROR || Met::with(event).is_none()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.max(LevelFilter::ERROR))
    }
}

/// Lets through errors, of requests whose end may be told of.
#[derive(Debug, Clone, Copy)]
struct Failing;

impl<S> Filter<S> for Failing {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_error(metadata) && current::place().mode != Mode::Unsampled
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_error(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::ERROR)
    }
}

fn is_error(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && *metadata.level() == Level::ERROR
}

/// Makes exceptions of errors that are logged.
struct Errors;

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(exception) = Met::with(event) else { return };
        let place = current::place();
        let inner = Otel::map_current(|context| {
            let span = context.span();
            let is_inner = span.span_context().span_id() != place.span.into();
            (is_inner && span.is_recording()).then(|| context.clone())
        });
        match inner {
            Some(context) => {
                let span = context.span();
                span.set_status(Status::error(exception.message.to_string()));
                span.add_event("exception", exception.attributes());
            }
            None if place.mode != Mode::Outside => current::add_exception(exception),
            None => {}
        }
    }
}

/// Looks for the error that an event tells of.
struct Met {
    target: &'static str,
    exception: Option<Exception>,
}

impl Met {
    /// The error that an event has: a value that is one, or else what its field `error`, `err` or `exception.message` says.
    fn with(event: &Event<'_>) -> Option<Exception> {
        let mut met = Self { target: event.metadata().target(), exception: None };
        event.record(&mut met);
        met.exception
    }

    fn said(&mut self, field: &Field, message: &dyn fmt::Display) {
        if self.exception.is_none() && matches!(field.name(), "error" | "err" | "exception.message") {
            // There are only words of it. Where it was logged tells it from others.
            self.exception = Some(Exception::said(self.target, message));
        }
    }
}

impl Visit for Met {
    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        self.exception = Some(Exception::of(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.said(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.said(field, &exception::Debug(value));
    }
}
