//! What gates and observers have in common: a start-up.

use std::fmt;

use crate::{Endpoint, Operation, RouteTable};

/// Something that applies to routes: the supertrait of [`Gate`](crate::Gate) and
/// [`Observe`](crate::Observe).
pub trait Policy: Send + Sync + 'static {
    /// Called once with all routes, before the first request: the place to resolve what each route needs, by
    /// [`Endpoint::index`], so that nothing is looked up per request, and to refuse routes that cannot be
    /// served.
    ///
    /// # Errors
    ///
    /// The service does not start; the error names every route that is at fault.
    fn bind(&mut self, _routes: &RouteTable) -> Result<(), BindError> {
        Ok(())
    }

    /// Adds what this policy does to the documentation of a route: its answers, headers, security.
    fn describe(&self, _endpoint: &Endpoint, _operation: &mut Operation) {}
}

impl Policy for () {}

impl<P: Policy> Policy for Option<P> {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        self.as_mut().map_or(Ok(()), |policy| policy.bind(routes))
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        if let Some(policy) = self {
            policy.describe(endpoint, operation);
        }
    }
}

impl<P: Policy> Policy for std::sync::Arc<P> {
    /// A policy that is already shared can no longer be changed: bind it first, then share it.
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        match std::sync::Arc::get_mut(self) {
            Some(policy) => policy.bind(routes),
            None => Err(BindError::new(format!(
                "{} was shared before it was bound to the routes: share it afterwards",
                std::any::type_name::<P>()
            ))),
        }
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        (**self).describe(endpoint, operation);
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Policy),+> Policy for ($($name,)+) {
            fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
                #[expect(non_snake_case, reason = "the type parameters name the fields")]
                let ($($name,)+) = self;
                let mut error = BindError::default();
                $(error.absorb($name.bind(routes));)+
                error.into_result()
            }

            fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
                #[expect(non_snake_case, reason = "the type parameters name the fields")]
                let ($($name,)+) = self;
                $($name.describe(endpoint, operation);)+
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);

/// Why a service does not start: every fault that was found, not the first alone.
///
/// ```
/// use tsk_core::BindError;
///
/// let mut error = BindError::default();
/// error.push("GET /a declares no access");
/// error.push("GET /b declares no access");
/// assert_eq!(error.to_string(), "GET /a declares no access; GET /b declares no access");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BindError {
    faults: Vec<String>,
}

impl BindError {
    /// An error with one fault.
    pub fn new(fault: impl Into<String>) -> Self {
        Self { faults: vec![fault.into()] }
    }

    /// Adds a fault.
    pub fn push(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Adds the faults of another result, if it has any.
    pub fn absorb(&mut self, result: Result<(), Self>) {
        if let Err(other) = result {
            self.faults.extend(other.faults);
        }
    }

    /// What was found, in the order of discovery.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(String::as_str)
    }

    /// `Ok` where no fault was found.
    ///
    /// # Errors
    ///
    /// The error itself, where there is at least one fault.
    pub fn into_result(self) -> Result<(), Self> {
        if self.faults.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("; "))
    }
}

impl std::error::Error for BindError {}

#[cfg(test)]
mod tests;
