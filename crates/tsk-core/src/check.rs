//! What a component offers to be asked after: a health check.

use std::{future::Future, pin::Pin};

/// Looks whether something that the service needs is there and works.
///
/// It is made in the background, never for a request, one at a time. Whoever makes it sets a deadline, after which the
/// future is dropped. An async closure that gives a [`Finding`] is a check.
///
/// ```
/// use tsk_core::{Check, check::Finding};
///
/// let check = || async { Finding::pass().observed(12.0, "jobs") };
/// # fn is_check(_: impl Check) {}
/// # is_check(check);
/// ```
pub trait Check: Send + Sync + 'static {
    /// Looks once. It must not block its thread.
    fn check(&self) -> Checking<'_>;
}

/// What [`Check::check`] gives.
pub type Checking<'c> = Pin<Box<dyn Future<Output = Finding> + Send + 'c>>;

impl<F, R> Check for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Finding> + Send + 'static,
{
    fn check(&self) -> Checking<'_> {
        Box::pin(self())
    }
}

/// How it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It works.
    Pass,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How it is.
    pub status: Status,
    /// Why, in a line for operators, without secrets. Empty where there is nothing to say.
    pub output: String,
    /// What was measured, and its unit, as in `(12.0, "jobs")`.
    pub observed: Option<(f64, &'static str)>,
}

impl Finding {
    /// It works.
    pub fn pass() -> Self {
        Self { status: Status::Pass, output: String::new(), observed: None }
    }

    /// It works, and somebody should look at it, for this reason.
    pub fn warn(output: impl Into<String>) -> Self {
        Self { status: Status::Warn, output: output.into(), observed: None }
    }

    /// It does not work, for this reason.
    pub fn fail(output: impl Into<String>) -> Self {
        Self { status: Status::Fail, output: output.into(), observed: None }
    }

    /// With what was measured, and its unit.
    pub fn observed(mut self, value: f64, unit: &'static str) -> Self {
        self.observed = Some((value, unit));
        self
    }
}
