//! Routes, groups of routes, and what they are built into.

use std::{any::TypeId, collections::HashMap, panic::Location};

use http::Method;
use tower_layer::Layer;
use tsk_core::{BindError, Declare, IntoResponse, Meta, Operation};
#[cfg(feature = "api")]
use tsk_core::{DescribeInput, DescribeOutput};

use crate::{
    Error,
    handler::{Arguments, Erased, Handler, MountedService},
    middleware::{Chain, Middleware, Next},
};

mod build;
mod literals;
mod route;
mod routes;
pub(crate) mod strip;

pub use route::{Handles, Route, any, delete, get, head, on, options, patch, post, put};
pub(crate) use routes::Target;
pub use routes::{RouteService, Routes};

/// Routes, in the making.
///
/// Paths are matched segment by segment, as the client sent them: `/users` is exact, `/users/{id}` has a
/// parameter, `/files/{*rest}` takes all that follows, which is at least one byte. Where several routes match,
/// the more literal one is taken, whatever the order of declaration. `{{` is a literal brace.
///
/// What is declared on a router itself, such as access or tags, holds for each of its routes that does not
/// declare it otherwise: a group of routes is a router that is [merged](Self::merge) or
/// [nested](Self::nest).
///
/// ```
/// use tsk_http::{Router, get, post};
///
/// let users = Router::new()
///     .tag("users")
///     .route(get("/", || async { "all" }))
///     .route(post("/", || async { "one more" }));
/// let routes = Router::new().nest("/users", users).build()?;
/// assert_eq!(routes.table().iter().map(ToString::to_string).collect::<Vec<_>>(), ["GET /users", "POST /users"]);
/// assert_eq!(routes.table().get(0).operation().tags, ["users"]);
/// # Ok::<(), tsk_http::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct Router {
    routes: Vec<Route>,
    fallback: Option<Fallback>,
    state: State,
    meta: Meta,
    operation: Operation,
    chain: Chain,
    faults: BindError,
}

#[derive(Debug)]
struct Fallback {
    handler: Erased,
    place: &'static Location<'static>,
}

/// The shared values, and where each was set.
#[derive(Debug, Default)]
struct State {
    values: Meta,
    places: HashMap<TypeId, (&'static str, &'static Location<'static>)>,
}

impl Router {
    /// A router without routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route.
    pub fn route<H>(mut self, route: Route<H>) -> Self {
        self.routes.push(route.erased());
        self
    }

    /// Adds a route that its handler documents: see [`api`](crate::api).
    ///
    /// A handler whose arguments or answer do not say what they are does not compile; [`route`](Self::route) takes
    /// it.
    #[cfg(feature = "api")]
    pub fn api<A: DescribeInput, R: DescribeOutput>(self, mut route: Route<Handles<A, R>>) -> Self {
        // Which parameters its path has is known once it stands where it will be.
        route.describe = Some(|operation, params| {
            R::describe_output(operation);
            A::describe_input(operation, params);
        });
        self.route(route)
    }

    /// Adds a tower service that answers every method at exactly that path.
    #[track_caller]
    pub fn service<S: MountedService>(self, path: &str, service: S) -> Self {
        let route = Route::<()>::new(None, path, Erased::service(service, 0), Location::caller());
        self.route(route)
    }

    /// Adds all that another router, or a tower service such as an axum router, answers, under a prefix.
    ///
    /// A route `/` of the nested router is found at the prefix itself, without a slash. A tower service sees
    /// the path without the prefix.
    #[track_caller]
    pub fn nest(self, prefix: &str, nested: impl Nest) -> Self {
        nested.nest_in(self, prefix, Location::caller())
    }

    /// Adds the routes of another router. What is declared on the other router holds for its routes alone.
    pub fn merge(mut self, other: Self) -> Self {
        let Self { routes, fallback, state, meta, operation, chain, faults } = other;
        self.faults.absorb(faults.into_result());
        self.routes.extend(routes.into_iter().map(|mut route| {
            route.meta.inherit(&meta);
            route.operation.inherit(&operation);
            route.wrapped(&chain)
        }));
        if let Some(Fallback { handler, place }) = fallback {
            self.set_fallback(Fallback { handler: chain.wrap(handler), place });
        }
        for (id, (name, place)) in state.places {
            self.state.claim(id, name, place, &mut self.faults);
        }
        self.state.values.inherit(&state.values);
        self
    }

    /// Sets what answers requests that no route matches, in the place of a 404 problem.
    #[track_caller]
    pub fn fallback<F, A, M>(mut self, handler: F) -> Self
    where
        F: Handler<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.set_fallback(Fallback { handler: Erased::handler(handler), place: Location::caller() });
        self
    }

    /// Sets a tower service as the fallback.
    #[track_caller]
    pub fn fallback_service<S: MountedService>(mut self, service: S) -> Self {
        self.set_fallback(Fallback { handler: Erased::service(service, 0), place: Location::caller() });
        self
    }

    fn set_fallback(&mut self, fallback: Fallback) {
        let place = fallback.place;
        if let Some(earlier) = self.fallback.replace(fallback) {
            let earlier = earlier.place;
            self.faults
                .push(format!("there are two fallbacks, at {earlier} and at {place}; a service has one"));
        }
    }

    /// Sets the value that handlers get by [`State<T>`](crate::State). A service whose handlers ask for a
    /// value that is not there does not start.
    #[track_caller]
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        let (id, name) = (TypeId::of::<T>(), std::any::type_name::<T>());
        self.state.claim(id, name, Location::caller(), &mut self.faults);
        self.state.values.insert(value);
        self
    }

    /// Lists the routes declared so far under a tag of the documentation.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.operation.tags.push(tag.into());
        self
    }

    /// Wraps each route of this router in a tower layer, and its fallback too.
    ///
    /// The layer goes around what wraps the routes already, and holds for routes that are added later as well.
    /// It runs once the route has matched; what must see requests that no route matches is a layer of the
    /// whole service.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.chain = self.chain.layer(layer);
        self
    }

    /// Wraps each route of this router in an async function, as [`layer`](Self::layer) does in a tower layer.
    ///
    /// See [`middleware`](crate::middleware) for an example.
    pub fn middleware<F, A, M>(mut self, function: F) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.chain = self.chain.middleware(function);
        self
    }

    /// Checks all routes together, and builds what serves them.
    ///
    /// # Errors
    ///
    /// Every fault at once: routes declared twice, paths that conflict or cannot be read, shared values that
    /// are missing. Each names the places in the source that have to be looked at.
    pub fn build(self) -> Result<Routes, Error> {
        build::build(Self::new().merge(self)).map_err(Error::from)
    }
}

impl Declare for Router {
    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn operation_mut(&mut self) -> &mut Operation {
        &mut self.operation
    }
}

impl State {
    fn claim(
        &mut self,
        id: TypeId,
        name: &'static str,
        place: &'static Location<'static>,
        faults: &mut BindError,
    ) {
        if let Some((_, earlier)) = self.places.insert(id, (name, place)) {
            faults.push(format!("the state `{name}` is set twice: at {earlier} and at {place}"));
        }
    }
}

/// What can be nested under a prefix: a [`Router`], or a tower service.
pub trait Nest {
    /// Adds itself to `router` under `prefix`.
    #[doc(hidden)]
    fn nest_in(self, router: Router, prefix: &str, place: &'static Location<'static>) -> Router;
}

impl Nest for Router {
    fn nest_in(mut self, mut router: Router, prefix: &str, place: &'static Location<'static>) -> Router {
        if let Err(fault) = build::check_prefix(prefix, place) {
            router.faults.push(fault);
        }
        for route in &mut self.routes {
            route.path = join(prefix, &route.path);
        }
        router.merge(self)
    }
}

impl<S: MountedService> Nest for S {
    fn nest_in(self, mut router: Router, prefix: &str, place: &'static Location<'static>) -> Router {
        if let Err(fault) = build::check_prefix(prefix, place) {
            router.faults.push(fault);
        }
        let depth = prefix.split('/').filter(|segment| !segment.is_empty()).count();
        let handler = Erased::service(self, depth);
        // The prefix, the prefix with a slash, and all beneath are one route by three paths.
        let mut route = Route::<()>::new(None, &join(prefix, "/{*rest}"), handler, place);
        route.aliases = vec![join(prefix, "/"), format!("{}/", prefix.trim_end_matches('/'))];
        route.aliases.dedup();
        router.route(route)
    }
}

fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    match path {
        "/" if !prefix.is_empty() => prefix.to_owned(),
        _ => format!("{prefix}{path}"),
    }
}

/// What a route takes that takes any method, of those that have a name in RFC 9110 and RFC 5789: the server refuses the
/// others.
const ANY: [&str; 6] = ["DELETE", "GET", "PATCH", "POST", "PUT", "OPTIONS"];

/// The values of `Allow` for a path; a method that is `None` is any.
fn allow_of<'a>(methods: impl Iterator<Item = Option<&'a Method>>) -> http::HeaderValue {
    let mut names = Vec::new();
    for method in methods {
        match method {
            Some(method) => names.push(method.as_str()),
            None => names.extend(ANY),
        }
    }
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.sort_unstable();
    names.dedup();
    http::HeaderValue::from_str(&names.join(", ")).unwrap_or_else(|_| http::HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests;
