//! Several middleware, around something.

use std::{fmt, future::Future, marker::PhantomData, sync::Arc};

use http::{Request, request::Parts};
use tower_layer::Layer;
use tsk_core::{BindError, Body, IntoResponse, respond::Requirements};

use super::{Layered, Middleware, Next};
use crate::{
    Error, Routes,
    handler::{Answer, Answering, Arguments, Called, Erased, Mount, MountedService},
};

/// Middleware, in the order in which it was declared: each wraps what was declared before it.
///
/// ```
/// use tsk_http::middleware::Chain;
/// # use tower_layer::Identity;
///
/// let chain = Chain::default().layer(Identity::new());
/// assert!(!chain.is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn Fn(Erased) -> Erased + Send + Sync>>);

impl Chain {
    /// Adds a tower layer.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.0.push(Arc::new(move |inner| {
            Erased::new(Around { service: layer.layer(Next(inner.clone())), inner })
        }));
        self
    }

    /// Adds an async function.
    #[must_use]
    pub fn middleware<F, A, M>(mut self, function: F) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.0.push(Arc::new(move |inner| Erased::new(Wrapping::new(function.clone(), Next(inner)))));
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Wraps a service, which stays as it is where there is nothing to wrap it with.
    ///
    /// Where there is, the service is called through one boxed future for each middleware.
    pub fn around<S: MountedService>(&self, service: S) -> Layered<S> {
        if self.is_empty() { Layered::Plain(service) } else { Layered::Wrapped(self.next(service)) }
    }

    /// What leads through the middleware to a service, whose type is forgotten.
    pub fn next<S: MountedService>(&self, service: S) -> Next {
        Next(self.wrap(Erased::service(service, Mount::Whole)))
    }

    /// Checks that the shared values which the functions ask for are there.
    ///
    /// # Errors
    ///
    /// Every value that is missing, by its type.
    pub fn check(&self, routes: &Routes) -> Result<(), Error> {
        let wrapped = self.wrap(Erased::handler(|| async {}));
        let mut faults = BindError::default();
        let who = || "a middleware of the service".into();
        wrapped.check(routes.table().state(), None, who, &mut faults);
        faults.into_result().map_err(Error::from)
    }

    pub(crate) fn wrap(&self, handler: Erased) -> Erased {
        self.0.iter().fold(handler, |inner, wrap| wrap(inner))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chain").field(&self.0.len()).finish()
    }
}

/// What a tower layer made of `inner`.
struct Around<S> {
    service: S,
    inner: Erased,
}

impl<S: MountedService> Answer for Around<S> {
    fn answer(&self, parts: Parts, body: Body) -> Answering {
        Box::pin(self.service.clone().answer(Request::from_parts(parts, body)))
    }

    fn requires(&self, requirements: &mut Requirements) {
        self.inner.requires(requirements);
    }
}

/// A function around what comes next.
struct Wrapping<F, T> {
    function: F,
    next: Next,
    arguments: PhantomData<T>,
}

impl<F, A, M> Wrapping<F, fn() -> (A, M)> {
    fn new(function: F, next: Next) -> Self {
        Self { function, next, arguments: PhantomData }
    }
}

impl<F, A, M> Answer for Wrapping<F, fn() -> (A, M)>
where
    F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
    A: Arguments<M> + 'static,
    M: 'static,
{
    fn answer(&self, mut parts: Parts, body: Body) -> Answering {
        let arguments = A::extract(&mut parts, body);
        drop(parts);
        let (function, next) = (self.function.clone(), self.next.clone());
        Box::pin(Called::new(arguments, move |arguments| function.call(arguments, next)))
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
        self.next.0.requires(requirements);
    }
}
