//! One route, in the making.

use std::{future::Future, marker::PhantomData, panic::Location, sync::Arc};

use http::Method;
use tower_layer::Layer;
use tsk_core::{Declare, IntoResponse, Meta, Operation, describe::Describe};

use super::join;
use crate::{
    handler::{Arguments, Erased, Handler, Mount, MountedService},
    middleware::{Chain, Middleware, Next},
    version::Versions,
};

/// A route: a method, a path, a handler, and what is declared about them.
///
/// It is made by [`get`], [`post`] and their like, and added with [`Router::route`](crate::Router::route). Until then its
/// type remembers what handler it has.
#[derive(Debug)]
#[must_use = "a route answers nothing until it is added to a router"]
pub struct Route<H = ()> {
    pub(super) method: Option<Method>,
    pub(super) path: String,
    /// Further paths that lead to the same route; those of a mounted service.
    pub(super) aliases: Vec<String>,
    pub(super) handler: Erased,
    pub(super) body_limit: Option<u64>,
    pub(super) meta: Meta,
    pub(super) operation: Operation,
    /// Adds what the handler says of itself.
    pub(super) describe: Option<Describe>,
    pub(super) place: &'static Location<'static>,
    pub(super) versions: Option<Placed>,
    pub(super) kind: PhantomData<fn() -> H>,
}

/// The versions that a route is of, and where in its path one of them would be.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) versions: Arc<Versions>,
    pub(super) at: usize,
}

/// The handler that a route was made with: its arguments, and its answer.
#[derive(Debug)]
pub struct Handles<A, R>(PhantomData<fn() -> (A, R)>);

impl<H> Route<H> {
    pub(super) fn new(
        method: Option<Method>,
        path: &str,
        handler: Erased,
        place: &'static Location<'static>,
    ) -> Self {
        Self {
            method,
            path: path.to_owned(),
            aliases: Vec::new(),
            handler,
            body_limit: None,
            meta: Meta::default(),
            operation: Operation::default(),
            describe: None,
            place,
            versions: None,
            kind: PhantomData,
        }
    }

    /// Forgets what handler it has.
    pub fn erased(self) -> Route {
        let Self {
            method,
            path,
            aliases,
            handler,
            body_limit,
            meta,
            operation,
            describe,
            place,
            versions,
            ..
        } = self;
        Route {
            method,
            path,
            aliases,
            handler,
            body_limit,
            meta,
            operation,
            describe,
            place,
            versions,
            kind: PhantomData,
        }
    }

    /// Says in one line what the route does, for its documentation.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.operation.summary = Some(summary.into());
        self
    }

    /// Describes the route in CommonMark, for its documentation.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.operation.description = Some(description.into());
        self
    }

    /// Lists the route under a tag of the documentation.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.operation.tags.push(tag.into());
        self
    }

    /// Sets how many bytes a request body may have. Default: `http.body_limit` of the configuration, 2 MiB.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// Wraps the route in a tower layer, which goes around what wraps it already.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.wrapped(&Chain::default().layer(layer))
    }

    /// Wraps the route in an async function, which goes around what wraps it already.
    ///
    /// See [`middleware`](crate::middleware) for an example.
    pub fn middleware<F, A, M>(self, function: F) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.wrapped(&Chain::default().middleware(function))
    }

    pub(super) fn wrapped(mut self, chain: &Chain) -> Self {
        self.handler = chain.wrap(self.handler);
        self
    }
}

impl Route {
    /// All that a service answers under a prefix.
    pub(super) fn mounted<S: MountedService>(
        method: Option<Method>,
        prefix: &str,
        service: S,
        place: &'static Location<'static>,
    ) -> Self {
        let handler = Erased::service(service, Mount::Below);
        // The prefix, the prefix with a slash, and all beneath are one route by three paths.
        let mut route = Self::new(method, &join(prefix, "/{*rest}"), handler, place);
        route.aliases = vec![join(prefix, "/"), format!("{}/", prefix.trim_end_matches('/'))];
        route.aliases.dedup();
        route
    }
}

impl<H> Declare for Route<H> {
    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn operation_mut(&mut self) -> &mut Operation {
        &mut self.operation
    }
}

/// A route for all that a tower service answers to one method under a prefix: as [`Router::nest`](crate::Router::nest)
/// adds it, and it can be described as any other. The router answers other methods.
///
/// ```
/// use tsk_http::{Files, Router, mount};
/// # let directory = std::env::temp_dir();
/// let assets = mount(http::Method::GET, "/assets", Files::new(directory)?).summary("What pages load");
/// let routes = Router::new().route(assets).build()?;
/// assert_eq!(routes.table().get(0).to_string(), "GET /assets/{*rest}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn mount<S: MountedService>(method: Method, prefix: &str, service: S) -> Route {
    Route::mounted(Some(method), prefix, service, Location::caller())
}

/// What a handler answers.
type Answered<F, A> = <<F as Handler<A>>::Future as Future>::Output;

/// A route for any one method, such as `QUERY`.
#[track_caller]
pub fn on<F, A, M>(method: Method, path: &str, handler: F) -> Route<Handles<A, Answered<F, A>>>
where
    F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
    A: Arguments<M> + 'static,
    M: 'static,
{
    route(Some(method), path, handler, Location::caller())
}

/// A route for every method that the path has no other route for.
#[track_caller]
pub fn any<F, A, M>(path: &str, handler: F) -> Route<Handles<A, Answered<F, A>>>
where
    F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
    A: Arguments<M> + 'static,
    M: 'static,
{
    route(None, path, handler, Location::caller())
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $method:ident)+) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<F, A, M>(path: &str, handler: F) -> Route<Handles<A, Answered<F, A>>>
        where
            F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
            A: Arguments<M> + 'static,
            M: 'static,
        {
            route(Some(Method::$method), path, handler, Location::caller())
        }
    )+};
}
methods! {
    /// A route for `GET`, and for `HEAD` if the path has no route of its own for it.
    get GET
    /// A route for `HEAD`.
    head HEAD
    /// A route for `POST`.
    post POST
    /// A route for `PUT`.
    put PUT
    /// A route for `PATCH`.
    patch PATCH
    /// A route for `DELETE`.
    delete DELETE
    /// A route for `OPTIONS`, in the place of the automatic answer.
    options OPTIONS
}

fn route<F, A, M>(
    method: Option<Method>,
    path: &str,
    handler: F,
    place: &'static Location<'static>,
) -> Route<Handles<A, Answered<F, A>>>
where
    F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
    A: Arguments<M> + 'static,
    M: 'static,
{
    Route::new(method, path, Erased::handler(handler), place)
}
