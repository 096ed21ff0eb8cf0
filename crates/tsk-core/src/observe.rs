//! Policies that watch requests.

use std::sync::Arc;

use http::{HeaderMap, StatusCode, Version};

use crate::{Head, Outcome, Policy, RequestContext};

mod service;
mod watch;

pub use service::{ObserveLayer, Observed, ObservedBody, ObservedFuture};
pub use watch::{Watch, Within};

/// Watches requests, and never changes them: metrics, spans, the access log.
///
/// Of every request, an observer sees [`begin`](Self::begin) once and [`ended`](Self::ended) exactly once,
/// whatever happens in between; [`answered`](Self::answered) at most once, when there is a response head. A
/// tuple of observers is an observer: all of them share one future, one body wrapper and one clock reading at
/// each end. [`ObserveLayer`] adapts it to tower.
///
/// What an observer wants to know of the request at its end it must copy in `begin`, rather than clone: who
/// holds a clone of a header or of the URI keeps the connection's read buffer from being used again.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use tsk_core::{Head, Observe, Outcome, Policy, RequestContext};
///
/// #[derive(Default)]
/// struct InFlight(AtomicUsize);
///
/// impl Policy for InFlight {}
///
/// impl Observe for InFlight {
///     type State = ();
///
///     fn begin(&self, (): &mut (), _: &Head<'_>) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
///     fn ended(&self, (): &mut (), _: &RequestContext, _: &Outcome) {
///         self.0.fetch_sub(1, Ordering::Relaxed);
///     }
/// }
/// ```
pub trait Observe: Policy {
    /// What is kept for each request; by default of one that has not begun.
    type State: Default + Send + 'static;

    /// Whether there is anything to observe. If not, requests pass at no cost.
    #[inline]
    fn is_active(&self) -> bool {
        true
    }

    /// A request arrived. What is to be kept of it is put where it stays, as that is large with many observers.
    fn begin(&self, state: &mut Self::State, head: &Head<'_>);

    /// The service is about to be called or polled for this request: the thread is at work on it, until it
    /// [leaves](Self::leave).
    #[inline]
    fn enter(&self, _state: &mut Self::State) {}

    /// The service was called or polled, or panicked at it. There is one for each [`enter`](Self::enter), on the same thread.
    #[inline]
    fn leave(&self, _state: &mut Self::State) {}

    /// There is a response head; its body follows.
    #[inline]
    fn answered(&self, _state: &mut Self::State, _answer: Answer<'_>) {}

    /// The request ended. What is kept of it is dropped afterwards.
    fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome);
}

/// The head of a response, as observers see it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// The protocol version.
    pub version: Version,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// What others have attached to the response: a [`Problem`](crate::Problem) and its private source.
    pub extensions: &'a http::Extensions,
    /// The length of the content in bytes, where it is known beforehand.
    pub length: Option<u64>,
}

impl<O: Observe> Observe for Arc<O> {
    type State = O::State;

    #[inline]
    fn is_active(&self) -> bool {
        (**self).is_active()
    }

    #[inline]
    fn begin(&self, state: &mut Self::State, head: &Head<'_>) {
        (**self).begin(state, head);
    }

    #[inline]
    fn enter(&self, state: &mut Self::State) {
        (**self).enter(state);
    }

    #[inline]
    fn leave(&self, state: &mut Self::State) {
        (**self).leave(state);
    }

    #[inline]
    fn answered(&self, state: &mut Self::State, answer: Answer<'_>) {
        (**self).answered(state, answer);
    }

    #[inline]
    fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome) {
        (**self).ended(state, context, outcome);
    }
}

/// An observer that may be switched off.
impl<O: Observe> Observe for Option<O> {
    type State = Option<O::State>;

    #[inline]
    fn is_active(&self) -> bool {
        self.as_ref().is_some_and(O::is_active)
    }

    #[inline]
    fn begin(&self, state: &mut Self::State, head: &Head<'_>) {
        if let Some(observer) = self {
            observer.begin(state.insert(O::State::default()), head);
        }
    }

    #[inline]
    fn enter(&self, state: &mut Self::State) {
        if let (Some(observer), Some(state)) = (self, state) {
            observer.enter(state);
        }
    }

    #[inline]
    fn leave(&self, state: &mut Self::State) {
        if let (Some(observer), Some(state)) = (self, state) {
            observer.leave(state);
        }
    }

    #[inline]
    fn answered(&self, state: &mut Self::State, answer: Answer<'_>) {
        if let (Some(observer), Some(state)) = (self, state) {
            observer.answered(state, answer);
        }
    }

    #[inline]
    fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome) {
        if let (Some(observer), Some(state)) = (self, state) {
            observer.ended(state, context, outcome);
        }
    }
}

/// The first observer begins first and ends last; its guard is the outermost.
macro_rules! tuples {
    ($($name:ident $index:tt),+; $($back_index:tt),+) => {
        impl<$($name: Observe),+> Observe for ($($name,)+) {
            type State = ($($name::State,)+);

            #[inline]
            fn is_active(&self) -> bool {
                $(self.$index.is_active())||+
            }

            #[inline]
            fn begin(&self, state: &mut Self::State, head: &Head<'_>) {
                $(self.$index.begin(&mut state.$index, head);)+
            }

            #[inline]
            fn enter(&self, state: &mut Self::State) {
                $(self.$index.enter(&mut state.$index);)+
            }

            #[inline]
            fn leave(&self, state: &mut Self::State) {
                $(self.$back_index.leave(&mut state.$back_index);)+
            }

            #[inline]
            fn answered(&self, state: &mut Self::State, answer: Answer<'_>) {
                $(self.$index.answered(&mut state.$index, answer);)+
            }

            #[inline]
            fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome) {
                $(self.$back_index.ended(&mut state.$back_index, context, outcome);)+
            }
        }
    };
}
tuples!(A 0; 0);
tuples!(A 0, B 1; 1, 0);
tuples!(A 0, B 1, C 2; 2, 1, 0);
tuples!(A 0, B 1, C 2, D 3; 3, 2, 1, 0);
tuples!(A 0, B 1, C 2, D 3, E 4; 4, 3, 2, 1, 0);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5; 5, 4, 3, 2, 1, 0);

#[cfg(test)]
mod tests;
