//! How a trace goes from one service to the next: in header fields.
//!
//! What comes in was written by a stranger. A field that is not to the letter, that is there twice, or that is longer than
//! it can be says nothing; it is never an error.

use std::{fmt, str::FromStr, sync::Arc};

use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

mod b3;
pub mod baggage;
mod hex;
mod jaeger;
#[cfg(test)]
mod tests;
mod w3c;

pub use baggage::Baggage;

/// A form in which a trace is told of.
///
/// The names are those of `OTEL_PROPAGATORS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Propagator {
    /// `traceparent` and `tracestate`: [W3C Trace Context, level 2](https://www.w3.org/TR/trace-context-2/).
    TraceContext,
    /// `baggage`: [W3C Baggage](https://www.w3.org/TR/baggage/), which is about the request and not about its trace.
    Baggage,
    /// `b3`, of [Zipkin](https://github.com/openzipkin/b3-propagation), in one field. Both forms are read.
    B3,
    /// `x-b3-traceid` and others: the same in several fields. Both forms are read.
    B3Multi,
    /// `uber-trace-id`, and baggage in `uberctx-` and the key, of [Jaeger's first clients](https://www.jaegertracing.io/docs/1.76/sdk-migration/#propagation-format).
    Jaeger,
}

impl FromStr for Propagator {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Ok(match name {
            "tracecontext" => Self::TraceContext,
            "baggage" => Self::Baggage,
            "b3" => Self::B3,
            "b3multi" => Self::B3Multi,
            "jaeger" => Self::Jaeger,
            _ => return Err(()),
        })
    }
}

/// A set of [`Propagator`]s.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Propagators(u8);

impl Propagators {
    /// Those that are asked for where nobody says otherwise.
    pub const DEFAULT: Self = Self::EMPTY.with(Propagator::TraceContext).with(Propagator::Baggage);

    /// None: nothing is read, and nothing is told.
    pub const EMPTY: Self = Self(0);

    /// One more.
    #[must_use]
    pub const fn with(self, propagator: Propagator) -> Self {
        Self(self.0 | 1 << propagator as u8)
    }

    /// Whether it is one of them.
    #[inline]
    pub const fn has(self, propagator: Propagator) -> bool {
        self.0 & 1 << propagator as u8 != 0
    }

    /// Whether the caller said nothing of its trace, nor of the request: mostly so. One pass over the names of its fields
    /// costs less than to look for each of ours.
    #[inline]
    pub(crate) fn has_nothing(self, headers: &HeaderMap) -> bool {
        let is_ours = |name: &HeaderName| *name == w3c::PARENT || *name == baggage::NAME;
        self.0 & !Self::DEFAULT.0 == 0 && !headers.keys().any(is_ours)
    }

    /// What the caller said of its trace: in the first form in which there is anything, W3C's before the others.
    #[inline]
    pub(crate) fn extract(self, headers: &HeaderMap) -> Option<Remote> {
        let w3c = self.has(Propagator::TraceContext).then(|| w3c::extract(headers)).flatten();
        if w3c.is_none() && self.0 & !Self::DEFAULT.0 != 0 { self.extract_others(headers) } else { w3c }
    }

    fn extract_others(self, headers: &HeaderMap) -> Option<Remote> {
        let b3 = self.has(Propagator::B3) || self.has(Propagator::B3Multi);
        let b3 = b3.then(|| b3::extract(headers)).flatten();
        b3.or_else(|| self.has(Propagator::Jaeger).then(|| jaeger::extract(headers)).flatten())
    }

    /// What the caller said of the request.
    #[inline]
    pub(crate) fn baggage(self, headers: &HeaderMap) -> Baggage {
        let mut baggage =
            if self.has(Propagator::Baggage) { Baggage::extract(headers) } else { Baggage::default() };
        if self.has(Propagator::Jaeger) {
            jaeger::extract_baggage(headers, &mut baggage);
        }
        baggage
    }

    /// Tells it, in the place of what the fields said before.
    pub(crate) fn inject_baggage(self, baggage: &Baggage, headers: &mut HeaderMap) {
        if self.has(Propagator::Baggage) {
            baggage.inject(headers);
        }
        if self.has(Propagator::Jaeger) {
            jaeger::inject_baggage(baggage, headers);
        }
    }

    /// Tells of a trace, in the place of what the fields said before.
    pub(crate) fn inject(self, span: &Span<'_>, headers: &mut HeaderMap) {
        if self.has(Propagator::TraceContext) {
            w3c::inject(span, headers);
        }
        if self.has(Propagator::B3) {
            b3::inject(span, headers);
        }
        if self.has(Propagator::B3Multi) {
            b3::inject_multi(span, headers);
        }
        if self.has(Propagator::Jaeger) {
            jaeger::inject(span, headers);
        }
    }
}

impl FromIterator<Propagator> for Propagators {
    fn from_iter<I: IntoIterator<Item = Propagator>>(propagators: I) -> Self {
        propagators.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for Propagators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Propagator::{B3, B3Multi, Baggage, Jaeger, TraceContext};
        let all = [TraceContext, Baggage, B3, B3Multi, Jaeger];
        f.debug_set().entries(all.into_iter().filter(|one| self.has(*one))).finish()
    }
}

/// What a caller said of its trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    /// The trace; 0 where it said whether to sample and no more.
    pub(crate) id: u128,
    /// The caller's span.
    pub(crate) span: u64,
    /// Whether it is sampled; `None` where the caller leaves that to others.
    pub(crate) is_sampled: Option<bool>,
    /// Whether the identifier is known to be random in its last 56 bits.
    pub(crate) is_random: bool,
    /// What vendors keep in the trace.
    pub(crate) state: Option<Arc<str>>,
}

/// What is told of a trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<'a> {
    pub(crate) id: u128,
    pub(crate) span: u64,
    pub(crate) is_sampled: bool,
    pub(crate) is_random: bool,
    pub(crate) state: Option<&'a str>,
}
