//! What a route says of its own tracing.

use std::time::Duration;

use tsk_core::Declare;

use crate::Sampling;

/// Tracing of one route, or of a group of them. A rule of the configuration goes before it.
///
/// ```
/// use std::time::Duration;
/// use tsk_trace::{DeclareTrace as _, Sampling};
///
/// # #[derive(Default)] struct Route { meta: tsk_core::Meta, operation: tsk_core::Operation }
/// # impl tsk_core::Declare for Route {
/// #     fn meta_mut(&mut self) -> &mut tsk_core::Meta { &mut self.meta }
/// #     fn operation_mut(&mut self) -> &mut tsk_core::Operation { &mut self.operation }
/// # }
/// let route = Route::default().trace(Sampling::Ratio(0.1)).slow(Duration::from_secs(5));
/// ```
pub trait DeclareTrace: Declare + Sized {
    /// Which requests are sampled, where no caller has decided.
    ///
    /// A rate is for each route by itself. A share beyond 0 to 1 stops the start, and so do a collector's strategies, which
    /// are for a whole service.
    #[must_use]
    fn trace(mut self, sampling: Sampling) -> Self {
        self.meta_mut().insert(sampling);
        self
    }

    /// From which duration on a request is slow; zero for never.
    #[must_use]
    fn slow(mut self, slow: Duration) -> Self {
        self.meta_mut().insert(Slow(slow));
        self
    }
}

impl<T: Declare> DeclareTrace for T {}

/// From which duration on a request is slow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slow(pub(crate) Duration);
