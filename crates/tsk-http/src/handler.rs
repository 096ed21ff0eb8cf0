//! Functions as handlers.

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use http::{Request, Response, request::Parts};
use tower_service::Service;
use tsk_core::{
    Body, BoxError, FromParts, IntoResponse, Problem, RequestContext,
    respond::{self, Requirements},
};

use crate::{
    extract::FromRequest,
    middleware::{Middleware, Next},
    router::strip::{self, BarePrefix},
};

/// A function that can answer requests: `async fn(A, B, …) -> R`.
///
/// Every argument but the last implements [`FromParts`]; the last may instead read the body, by
/// [`FromRequest`]. The result implements [`IntoResponse`]. There may be up to eight arguments.
///
/// The requirements are separate bounds on the functions that declare routes, [`get`](crate::get) and its
/// like, so that the compiler names the argument that does not meet them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a function of at most eight arguments that can be called again and again, from any thread",
    note = "a handler is an `async fn`, or a closure `|..| async move {{ .. }}` that is `Clone + Send + Sync + 'static`"
)]
pub trait Handler<A>: Clone + Send + Sync + 'static {
    /// What the function returns.
    type Future;

    /// Calls it.
    fn call(&self, arguments: A) -> Self::Future;
}

/// The arguments of a handler, read from a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not arguments that a handler can take",
    note = "every argument but the last must implement `FromParts`; the last may implement `FromRequest` instead"
)]
pub trait Arguments<M>: Sized + Send {
    /// Reads what is in the head at once, and the body, if it is asked for, in the future.
    fn extract(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Rejected>> + Send + use<Self, M>;

    /// Names the shared values that must be there.
    fn requires(requirements: &mut Requirements);
}

impl<F, R> Handler<()> for F
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
{
    type Future = R;

    #[inline]
    fn call(&self, (): ()) -> R {
        self()
    }
}

impl Arguments<()> for () {
    #[inline]
    fn extract(_: &mut Parts, _: Body) -> impl Future<Output = Result<Self, Rejected>> + Send + use<> {
        std::future::ready(Ok(()))
    }

    fn requires(_: &mut Requirements) {}
}

macro_rules! functions {
    ($($first:ident)* , $last:ident) => {
        #[allow(non_snake_case, reason = "the type parameters name the arguments")]
        impl<F, R, $($first,)* $last> Handler<($($first,)* $last,)> for F
        where
            F: Fn($($first,)* $last) -> R + Clone + Send + Sync + 'static,
        {
            type Future = R;

            #[inline]
            fn call(&self, ($($first,)* $last,): ($($first,)* $last,)) -> R {
                self($($first,)* $last)
            }
        }

        #[allow(non_snake_case, reason = "the type parameters name the arguments")]
        impl<M, $($first,)* $last> Arguments<M> for ($($first,)* $last,)
        where
            $($first: FromParts + Send,)*
            $last: FromRequest<M> + Send,
        {
            #[inline]
            fn extract(
                parts: &mut Parts,
                body: Body,
            ) -> impl Future<Output = Result<Self, Rejected>> + Send + use<M, $($first,)* $last> {
                let read = move || -> Result<_, Rejected> {
                    $(let $first = $first::from_parts(parts).map_err(rejected)?;)*
                    Ok((($($first,)*), $last::from_request(parts, body)))
                };
                let read = read();
                async move {
                    let (($($first,)*), $last) = read?;
                    Ok(($($first,)* $last.await.map_err(rejected)?,))
                }
            }

            fn requires(requirements: &mut Requirements) {
                $($first::requires(requirements);)*
                $last::requires(requirements);
            }
        }
    };
}
functions!(, A);
functions!(A, B);
functions!(A B, C);
functions!(A B C, D);
functions!(A B C D, E);
functions!(A B C D E, G);
functions!(A B C D E G, H);
functions!(A B C D E G H, I);

/// The answer to a request whose arguments could not be read; boxed, so that it does not make the handler's
/// future any larger.
pub type Rejected = Box<Response<Body>>;

#[cold]
fn rejected(rejection: impl IntoResponse) -> Rejected {
    Box::new(rejection.into_response())
}

/// The future of an answer.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A handler or a mounted service, its type forgotten.
#[derive(Clone)]
pub(crate) struct Erased(Arc<dyn Answer>);

trait Answer: Send + Sync {
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
        Self(Arc::new(Function { function, arguments: PhantomData::<fn() -> (A, M)> }))
    }

    /// A service that sees the path without its first `depth` segments.
    pub(crate) fn service<S: MountedService>(service: S, depth: usize) -> Self {
        Self(Arc::new(Mounted { service, depth }))
    }

    /// What a tower layer made of `inner`.
    pub(crate) fn layered<S: MountedService>(service: S, inner: Self) -> Self {
        Self(Arc::new(Layered { service, inner }))
    }

    /// A function that wraps what comes next.
    pub(crate) fn middleware<F, A, M>(function: F, next: Next) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        Self(Arc::new(Wrapping { function, next, arguments: PhantomData::<fn() -> (A, M)> }))
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
        Box::pin(async move {
            match arguments.await {
                Ok(arguments) => function.call(arguments).await.into_response(),
                Err(rejection) => *rejection,
            }
        })
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
    }
}

struct Wrapping<F, T> {
    function: F,
    next: Next,
    arguments: PhantomData<T>,
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
        Box::pin(async move {
            match arguments.await {
                Ok(arguments) => function.call(arguments, next).await.into_response(),
                Err(rejection) => *rejection,
            }
        })
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
        self.next.0.requires(requirements);
    }
}

/// A tower service that can be mounted: it takes any request, its answers have bodies of bytes, and its errors
/// become a 500.
pub trait MountedService: Clone + Send + Sync + 'static {
    /// Has the service answer.
    #[doc(hidden)]
    fn answer(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static;
}

impl<S, B> MountedService for S
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn answer(mut self, request: Request<Body>) -> Response<Body> {
        let ready = std::future::poll_fn(|cx| self.poll_ready(cx).map_err(Into::<BoxError>::into)).await;
        let response = match ready {
            Ok(()) => self.call(request).await.map_err(Into::into),
            Err(error) => Err(error),
        };
        match response {
            Ok(response) => response.map(Body::new),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

struct Mounted<S> {
    service: S,
    depth: usize,
}

impl<S: MountedService> Answer for Mounted<S> {
    fn answer(&self, mut parts: Parts, body: Body) -> Answering {
        if let Some(uri) = strip::stripped(&parts.uri, self.depth) {
            if let Some(prefix) = BarePrefix::of(&parts.uri, self.depth) {
                parts.extensions.insert(prefix);
            }
            parts.uri = uri;
        }
        Box::pin(self.service.clone().answer(Request::from_parts(parts, body)))
    }

    fn requires(&self, _: &mut Requirements) {}
}

struct Layered<S> {
    service: S,
    inner: Erased,
}

impl<S: MountedService> Answer for Layered<S> {
    fn answer(&self, parts: Parts, body: Body) -> Answering {
        Box::pin(self.service.clone().answer(Request::from_parts(parts, body)))
    }

    fn requires(&self, requirements: &mut Requirements) {
        self.inner.requires(requirements);
    }
}
