//! What is counted of the requests of one route by one method.

use std::sync::OnceLock;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU16, AtomicU64, Ordering},
};

use http::StatusCode;
use metrics::Histogram as Foreign;
use tsk_core::End;

use super::usual::Usual;
use crate::{
    catalogue,
    exposition::label,
    histogram::{Bounds, Histogram},
    latency::{RouteLatencies, Span, Windows},
    shard::Here,
};

/// Ways to end that a route has series for; there are services whose handlers answer with any number they are given.
pub(crate) const OUTCOMES: usize = 16;

/// What is counted of the requests of one route by one method.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: Box<str>,
    /// As they are written.
    pub(crate) labels: Box<str>,
    usual: Usual,
    pub(crate) request_size: Size,
    pub(crate) response_size: Size,
    outcomes: Outcomes,
    errors: AtomicU64,
    cancelled: AtomicU64,
    windows: Mutex<Windows>,
}

impl Route {
    /// `overflow` has what there is no room for.
    pub(crate) fn new(
        method: &'static str,
        template: &str,
        durations: &Arc<Bounds>,
        sizes: &Arc<Bounds>,
        overflow: &Arc<Outcome>,
        is_foreign: bool,
    ) -> Self {
        let mut labels = String::new();
        label::write(&mut labels, "http_request_method", method);
        label::write(&mut labels, "http_route", template);
        let usual = Usual::new(Arc::clone(durations), Arc::clone(sizes));
        let size = |metric, own| Size {
            own,
            foreign: if is_foreign {
                super::Foreign::histogram(metric, &[method, template])
            } else {
                Foreign::noop()
            },
        };
        Self {
            method,
            template: template.into(),
            labels: labels.into(),
            request_size: size(&catalogue::HTTP_REQUEST_BODY_SIZE, Histogram::new(Arc::clone(sizes))),
            response_size: size(&catalogue::HTTP_RESPONSE_BODY_SIZE, usual.sizes()),
            usual,
            outcomes: Outcomes::new(Arc::clone(overflow)),
            errors: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            windows: Mutex::new(Windows::new()),
        }
    }

    /// The one for requests of routes that there is no room for.
    pub(crate) fn overflow(mut self, labels: &str) -> Self {
        self.labels = labels.into();
        self
    }

    /// A request ended so, after so many nanoseconds and with so many bytes sent. `make` makes a series, if there is room for
    /// another.
    #[inline]
    pub(crate) fn ended(
        &self,
        here: Here,
        ending: Ending,
        nanoseconds: u64,
        sent: u64,
        make: impl FnOnce() -> Option<Arc<Outcome>>,
    ) {
        if !self.usual.ended(here, ending, nanoseconds, sent) {
            self.ended_otherwise(here, ending, nanoseconds, make);
        }
    }

    #[inline(never)]
    fn ended_otherwise(
        &self,
        here: Here,
        ending: Ending,
        nanoseconds: u64,
        make: impl FnOnce() -> Option<Arc<Outcome>>,
    ) {
        if ending.is_error() {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
        if ending.is_cancelled() {
            self.cancelled.fetch_add(1, Ordering::Relaxed);
        }
        self.outcome(ending, make).duration.record(here, nanoseconds);
    }

    /// The series of requests that end so.
    #[inline]
    pub(crate) fn outcome(&self, ending: Ending, make: impl FnOnce() -> Option<Arc<Outcome>>) -> &Outcome {
        self.outcomes.get(ending, make)
    }

    /// The durations of requests that end in one more way.
    pub(crate) fn durations(&self, ending: Ending) -> Histogram {
        self.usual.durations(ending)
    }

    /// The series of the ways in which requests ended.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Arc<Outcome>> {
        self.outcomes.iter()
    }

    /// What happened to it, with its names.
    pub(crate) fn told(&self, latencies: [Span; 3]) -> RouteLatencies {
        let (method, route) = (self.method.to_owned(), self.template.to_string());
        RouteLatencies { method, route, latencies: latencies.into() }
    }

    /// What happened, up to now.
    pub(crate) fn windows(&self) -> MutexGuard<'_, Windows> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.see(self.usual.sketch());
        windows.add_ends(self.errors.swap(0, Ordering::Relaxed), self.cancelled.swap(0, Ordering::Relaxed));
        windows
    }
}

/// A histogram of the sizes of bodies.
#[derive(Debug)]
pub(crate) struct Size {
    pub(crate) own: Histogram,
    pub(crate) foreign: Foreign,
}

/// How a request ended: its status, if there was an answer, and the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending(pub(super) u16);

impl Ending {
    const END: u32 = 10;

    #[inline]
    pub(crate) fn new(status: Option<StatusCode>, end: End) -> Self {
        let end = match (end, status) {
            // One without a status is never complete, so that no ending is zero.
            (End::Complete, Some(_)) => 0,
            (End::Complete | End::Failed, _) => 1,
            (End::Cancelled, _) => 2,
        };
        Self(status.map_or(0, |status| status.as_u16()) | end << Self::END)
    }

    /// Zero where there was no answer.
    fn status(self) -> u16 {
        self.0 & ((1 << Self::END) - 1)
    }

    pub(super) fn is_success(self) -> bool {
        self.0 >> Self::END == 0 && self.status() < 400
    }

    #[inline]
    fn is_error(self) -> bool {
        self.0 >> Self::END == 1 || self.status() >= 500
    }

    /// Whether an objective takes it for failed: as the rules tell it from the labels, one that its client gave up has not.
    pub(crate) fn is_failed(self) -> bool {
        self.is_error() && !self.is_cancelled()
    }

    #[inline]
    fn is_cancelled(self) -> bool {
        self.0 >> Self::END == 2
    }

    /// `http.response.status_code`.
    pub(crate) fn status_label(self) -> String {
        match self.status() {
            0 => String::new(),
            status => status.to_string(),
        }
    }

    /// `error.type`: how the answer broke off, or the status where that is an error of the server.
    pub(crate) fn error_label(self) -> String {
        match self.0 >> Self::END {
            1 => "failed".into(),
            2 => "cancelled".into(),
            _ if self.status() >= 500 => self.status_label(),
            _ => String::new(),
        }
    }
}

/// The series of requests that ended in one way.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As they are written.
    pub(crate) labels: Box<str>,
    /// As objectives see it.
    pub(crate) is_failed: bool,
    pub(crate) duration: Histogram,
    pub(crate) foreign: Foreign,
}

/// The series of each way in which requests of a route have ended so far. A way is only ever added.
#[derive(Debug)]
struct Outcomes {
    endings: [AtomicU16; OUTCOMES],
    series: [OnceLock<Arc<Outcome>>; OUTCOMES],
    adding: Mutex<()>,
    overflow: Arc<Outcome>,
}

impl Outcomes {
    fn new(overflow: Arc<Outcome>) -> Self {
        let (endings, series) = Default::default();
        Self { endings, series, adding: Mutex::new(()), overflow }
    }

    #[inline]
    fn get(&self, ending: Ending, make: impl FnOnce() -> Option<Arc<Outcome>>) -> &Outcome {
        match self.find(ending) {
            Some(outcome) => outcome,
            None if self.is_full() => &self.overflow,
            None => self.add(ending, make),
        }
    }

    #[inline]
    fn find(&self, ending: Ending) -> Option<&Outcome> {
        for (known, series) in self.endings.iter().zip(&self.series) {
            match known.load(Ordering::Acquire) {
                known if known == ending.0 => return series.get().map(|outcome| &**outcome),
                0 => return None,
                _ => {}
            }
        }
        None
    }

    fn is_full(&self) -> bool {
        self.endings[OUTCOMES - 1].load(Ordering::Acquire) != 0
    }

    #[cold]
    fn add(&self, ending: Ending, make: impl FnOnce() -> Option<Arc<Outcome>>) -> &Outcome {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have added it meanwhile.
        if let Some(outcome) = self.find(ending) {
            return outcome;
        }
        let free = self.endings.iter().zip(&self.series);
        let Some((known, series)) = free.into_iter().find(|(known, _)| known.load(Ordering::Relaxed) == 0)
        else {
            return &self.overflow;
        };
        let outcome = series.get_or_init(|| make().unwrap_or_else(|| Arc::clone(&self.overflow)));
        known.store(ending.0, Ordering::Release);
        outcome
    }

    /// Those with a series of their own.
    fn iter(&self) -> impl Iterator<Item = &Arc<Outcome>> {
        let all = self.series.iter().filter_map(OnceLock::get);
        all.filter(|outcome| !Arc::ptr_eq(outcome, &self.overflow))
    }
}
