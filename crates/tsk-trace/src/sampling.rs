//! Which requests are sampled, decided before there is a span.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    config::{Parent, Sampling},
    propagate,
};

mod bucket;
pub(crate) mod remote;
#[cfg(test)]
mod tests;

use bucket::Bucket;
use remote::{Cell, Strategies};

/// Decides for the requests of one route, where no caller has.
#[derive(Debug, Clone)]
pub(crate) enum Sampler {
    /// A share of all identifiers: those whose last 56 bits are below, which are random by W3C Trace Context, level 2.
    Below(u64),
    Limited(Arc<Bucket>),
    Remote(Arc<Strategies>, Arc<Cell>),
}

/// How many identifiers there are, of those bits that are random.
const IDS: u64 = 1 << 56;

impl Sampler {
    /// A sampler for the route whose spans have that name.
    ///
    /// Those of a rate are for one route, or for all that share a clone; `strategies` are those of a collector.
    pub(crate) fn new(sampling: &Sampling, strategies: &Arc<Strategies>, name: &str) -> Self {
        match sampling {
            Sampling::Always => Self::Below(IDS),
            Sampling::Never => Self::Below(0),
            Sampling::Ratio(ratio) => Self::Below(below(*ratio)),
            Sampling::PerSecond(rate) => Self::Limited(Arc::new(Bucket::new(*rate))),
            Sampling::Remote(_) => Self::Remote(Arc::clone(strategies), strategies.cell(name)),
        }
    }

    /// Whether a request is sampled whose trace has that identifier. `now` is how long
    /// after the beginning; most do not ask.
    #[inline]
    pub(crate) fn samples(&self, id: u64, now: impl Fn() -> Duration) -> bool {
        match self {
            Self::Below(limit) => id & (IDS - 1) < *limit,
            Self::Limited(bucket) => bucket.take(now()),
            Self::Remote(strategies, cell) => strategies.samples(cell, id & (IDS - 1), now()),
        }
    }
}

fn below(ratio: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^56")]
    let limit = (ratio.clamp(0.0, 1.0) * IDS as f64) as u64;
    limit
}

/// What counts of a caller's own decision.
#[derive(Debug)]
pub(crate) enum Callers {
    Obeyed,
    Ignored,
    Limited(Bucket),
}

impl Callers {
    pub(crate) fn new(parent: Parent) -> Self {
        match parent {
            Parent::Obeyed => Self::Obeyed,
            Parent::Ignored => Self::Ignored,
            Parent::PerSecond(rate) => Self::Limited(Bucket::new(rate)),
        }
    }

    /// Whether a request is sampled that a caller sent with its trace.
    pub(crate) fn samples(
        &self,
        remote: &propagate::Remote,
        sampler: &Sampler,
        now: impl Fn() -> Duration,
    ) -> bool {
        let decision = match (self, remote.is_sampled) {
            (Self::Ignored, _) | (_, None) => None,
            (Self::Limited(bucket), Some(true)) => bucket.take(now()).then_some(true),
            (_, decision) => decision,
        };
        // Who chooses the identifier does not choose whether it is among those that are sampled, unless it is trusted.
        decision.unwrap_or_else(|| {
            let is_trusted = matches!(self, Self::Obeyed);
            #[expect(clippy::cast_possible_truncation, reason = "its last bits")]
            let id = if is_trusted && remote.id != 0 { remote.id as u64 } else { fastrand::u64(..) };
            sampler.samples(id, &now)
        })
    }
}

/// Since when buckets count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning(Instant);

impl Beginning {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    #[inline]
    pub(crate) fn until(self, now: Instant) -> Duration {
        now.saturating_duration_since(self.0)
    }
}
