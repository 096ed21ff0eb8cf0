//! Whatever answers, its type forgotten.

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use http::{Response, request::Parts};
use tsk_core::{
    BindError, Body, IntoResponse, Meta, RequestContext,
    respond::{self, Requirements},
};

use super::{Arguments, Called, Handler};
use crate::version::{Checked, Positioned, live};

/// The future of an answer.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A handler or a mounted service, its type forgotten.
#[derive(Clone)]
pub(crate) struct Erased(Arc<dyn Answer>);

pub(crate) trait Answer: Send + Sync {
    fn answer(&self, parts: Parts, body: Body) -> Answering;

    /// Names the shared values that must be there.
    fn requires(&self, requirements: &mut Requirements);
}

impl Erased {
    pub(crate) fn handler<F, A, M>(function: F) -> Self
    where
        F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        let function = Function { function, arguments: PhantomData::<fn() -> (A, M)> };
        let mut requirements = Requirements::default();
        function.requires(&mut requirements);
        // Who is the same in every version does not pay for those who are not.
        let is_versioned = requirements.changes().next().is_some();
        if is_versioned { Self::new(Positioned(function)) } else { Self::new(function) }
    }

    pub(crate) fn new(answer: impl Answer + 'static) -> Self {
        Self(Arc::new(answer))
    }

    /// Says which of the shared values that must be there are not in `state`, and which versions are not there.
    pub(crate) fn check(
        &self,
        state: &Meta,
        versions: Option<&Checked>,
        who: impl Fn() -> String,
        faults: &mut BindError,
    ) {
        let mut requirements = Requirements::default();
        self.requires(&mut requirements);
        for (name, changes) in requirements.changes() {
            if let Err(reason) = live::check(versions, changes) {
                faults.push(format!("{} takes or gives `{name}`, {reason}", who()));
            }
        }
        for (type_id, name) in requirements.iter() {
            if !state.contains(type_id) {
                faults.push(format!("{} needs the state `{name}`, which no `Router::state` sets", who()));
            }
        }
    }

    pub(crate) fn requires(&self, requirements: &mut Requirements) {
        self.0.requires(requirements);
    }

    #[inline]
    pub(crate) fn call(&self, parts: Parts, body: Body) -> Answering {
        self.0.answer(parts, body)
    }
}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler")
    }
}

struct Function<F, T> {
    function: F,
    arguments: PhantomData<T>,
}

impl<F, A, M> Answer for Function<F, fn() -> (A, M)>
where
    F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
    A: Arguments<M> + 'static,
    M: 'static,
{
    fn answer(&self, mut parts: Parts, body: Body) -> Answering {
        // All that the handler wants of the head is read here, and the rest given back before the handler
        // runs: who holds a piece of the head keeps the connection's buffer from being used again.
        let arguments = A::extract(&mut parts, body);
        RequestContext::recycle(parts.extensions);
        respond::recycle(parts.headers);
        let function = self.function.clone();
        Box::pin(Called::new(arguments, move |arguments| function.call(arguments)))
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
        <F::Future as Future>::Output::requires(requirements);
    }
}
