//! The access log: a line for each request, written by a thread of its own.
//!
//! The line is put together as the request ends, without the machinery of `tracing`, in memory that is used
//! again; the thread writes many of them at once. Where whoever reads them is slower than requests come, lines
//! are dropped, and the log says how many: a request never waits for its line.
//!
//! Text from the client is escaped, so that it cannot forge a line. Values of query parameters that commonly
//! are secret are replaced by `***`, and headers with credentials cannot be logged.
//!
//! ```
//! use std::sync::Arc;
//! use tsk_core::{ObserveLayer, Peer};
//! use tsk_http::{AccessLog, Dispatch, Entry, Exit, Router, access_log, get};
//! use tower_layer::Layer;
//!
//! let mut routes = Router::new().route(get("/", || async { "hello" })).build()?;
//! let mut log = AccessLog::new(&access_log::Config::default())?;
//! routes.bind(&mut log)?;
//!
//! // What the facade does: the log sees every answer, and knows the route.
//! let answer = Exit::new(Dispatch::new(routes.clone(), 2 * 1024 * 1024), None);
//! let service = Entry::new(ObserveLayer::new(Arc::new(log)).layer(answer), routes, Peer::Local);
//! # Ok::<(), tsk_http::Error>(())
//! ```

use std::{borrow::Cow, cell::RefCell, io::Write, sync::Arc};

use tsk_core::{BindError, Head, Observe, Outcome, Policy, RequestContext, RouteTable};

use crate::Error;

mod clock;
mod config;
mod escape;
mod line;
mod lines;
mod on;
mod redact;
mod tail;
#[cfg(test)]
mod tests;
mod writer;

pub use config::{Config, Format, Rule, Statuses, Target};
use line::{Answered, Label, Style};
pub use lines::Lines;
pub use on::ConnectionLog;
use redact::Secrets;
use tail::Tail;
use writer::{Sink, Writer};

/// Writes a line for each request. To be shared as an [`Arc`].
#[derive(Debug)]
pub struct AccessLog {
    style: Arc<Style>,
    writer: Writer,
    sample: f64,
    rules: Vec<Rule>,
    /// Of each route, by its index.
    plans: Vec<Plan>,
}

/// What is known of the lines of a route.
#[derive(Debug)]
struct Plan {
    /// The rules that may apply.
    rules: Vec<Rule>,
    /// What a line says of it.
    label: Vec<u8>,
}

impl AccessLog {
    /// A log as it is configured.
    ///
    /// # Errors
    ///
    /// Settings that cannot be, a file that cannot be opened, a thread that cannot be started.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let sink = match &config.to {
            Target::Stdout => Sink::Stream(Box::new(std::io::stdout())),
            Target::Stderr => Sink::Stream(Box::new(std::io::stderr())),
            Target::File(path) => Sink::file(path.clone()).map_err(|error| {
                Error::config(format!("`http.access_log.to`: cannot open {}: {error}", path.display()))
            })?,
        };
        Self::with(config, sink)
    }

    /// A log that is written to `sink`, whatever the configuration says of where.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn to(config: &Config, sink: impl Write + Send + 'static) -> Result<Self, Error> {
        Self::with(config, Sink::Stream(Box::new(sink)))
    }

    fn with(config: &Config, sink: Sink) -> Result<Self, Error> {
        config.check_samples()?;
        let headers = config.header_names()?.into_iter().map(|name| {
            let label = Label::new(&name);
            (name, label)
        });
        let style = Arc::new(Style {
            format: config.format,
            secrets: Secrets::new(&config.redact),
            headers: headers.collect(),
        });
        let writing = Arc::clone(&style);
        let writer =
            Writer::start(sink, "access", move |count, clock, line| writing.dropped(count, clock, line))
                .map_err(|error| {
                    Error::config(format!("`http.access_log`: no thread for the log: {error}"))
                })?;
        Ok(Self { style, writer, sample: config.sample, rules: config.rules.clone(), plans: Vec::new() })
    }

    /// How many lines were dropped that the log has not told of yet.
    pub fn dropped(&self) -> u64 {
        self.writer.dropped()
    }

    fn plan(&self, context: &RequestContext) -> Option<&Plan> {
        self.plans.get(context.endpoint().index())
    }

    fn rules(&self, context: &RequestContext) -> &[Rule] {
        self.plan(context).map_or(&self.rules, |plan| &plan.rules)
    }

    /// What a line says of a request, if there may be one.
    fn line(&self, head: &Head<'_>, tail: Option<&Tail>) -> Option<Vec<u8>> {
        let first = self.rules(head.context).first();
        let certain = match first {
            Some(rule) => {
                (rule.is_certain() && rule.covers(head.context.endpoint().template())).then_some(rule.sample)
            }
            None => Some(self.sample),
        };
        if certain == Some(0.0) {
            return None;
        }
        let mut line = pool(Vec::pop).flatten().unwrap_or_default();
        self.style.request(head, tail, &mut line);
        Some(line)
    }

    /// The share of such requests that is logged.
    fn sample(&self, context: &RequestContext, outcome: &Outcome) -> f64 {
        let covers = |rule: &Rule| rule.covers(context.endpoint().template());
        let applies = |rule: &&Rule| covers(rule) && rule.applies(outcome.status, outcome.duration);
        self.rules(context).iter().find(applies).map_or(self.sample, |rule| rule.sample)
    }
}

impl Policy for AccessLog {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let plan = |template| {
            let rules = self.rules.iter().filter(|rule| rule.covers(template)).cloned().collect();
            Plan { rules, label: line::route(template) }
        };
        self.plans = routes.iter().map(|endpoint| plan(endpoint.template())).collect();
        Ok(())
    }
}

impl Observe for AccessLog {
    /// The end of the line; `None` where there will be no line, whatever the answer.
    type State = Option<Vec<u8>>;

    #[inline]
    fn begin(&self, line: &mut Self::State, head: &Head<'_>) {
        *line = self.line(head, None);
    }

    fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome) {
        let Some(mut request) = state.take() else { return };
        let sample = self.sample(context, outcome);
        if sample >= 1.0 || fastrand::f64() < sample {
            let route = match self.plan(context) {
                Some(plan) => Cow::Borrowed(&*plan.label),
                None => Cow::Owned(line::route(context.endpoint().template())),
            };
            let answered = Answered { context, route: &route, outcome, sample };
            self.writer
                .append(|shard| self.style.line(&answered, &request, &mut shard.clock, &mut shard.lines));
        }
        if request.capacity() <= MAX_CAPACITY {
            request.clear();
            pool(|pool| {
                if pool.len() < POOL_SIZE {
                    pool.push(request);
                }
            });
        }
    }
}

const POOL_SIZE: usize = 64;
const MAX_CAPACITY: usize = 4 * 1024;

thread_local! {
    static LINES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The memory of earlier lines; `None` while the thread exits.
fn pool<T>(work: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> Option<T> {
    LINES.try_with(|pool| work(&mut pool.borrow_mut())).ok()
}
