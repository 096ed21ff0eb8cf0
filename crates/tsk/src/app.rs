//! From routes and configuration to a service that can be served.

use std::sync::Arc;

#[cfg(feature = "testing")]
use http::Method;
use tower_layer::Layer;
#[cfg(feature = "docs")]
use tsk_auth::access::Access;
use tsk_core::{Check, Drain, Gate, Insight, IntoResponse, Principal, RouteTable};
use tsk_health::Health;
use tsk_http::{
    Next, Router,
    handler::{Arguments, MountedService},
    middleware::{Chain, Middleware},
};
use tsk_ratelimit::{Rule, adaptive::Priority};

#[cfg(feature = "docs")]
use crate::documents::Documents;
use crate::{
    Bound, Config, Error,
    gates::{Authentication, Priorities},
    generation::Generation,
    watch::Watch,
};

/// A service, in the making.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
#[must_use = "a service answers nothing until it is served"]
pub struct App {
    pub(crate) config: Config,
    pub(crate) router: Router,
    pub(crate) layers: Chain,
    pub(crate) outer: Chain,
    pub(crate) rules: Vec<Rule>,
    pub(crate) authentication: Authentication,
    pub(crate) priorities: Option<Priorities>,
    pub(crate) drain: Drain,
    pub(crate) insights: Vec<Arc<dyn Insight>>,
    pub(crate) health: tsk_health::Builder,
    pub(crate) rooms: Vec<tsk_ws::rooms::Room>,
    #[cfg(feature = "graphql")]
    pub(crate) graphql: Option<crate::graph_ql::Mounted>,
    #[cfg(feature = "docs")]
    pub(crate) documents: Option<Documents>,
}

impl App {
    /// A service without routes.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            router: Router::new(),
            layers: Chain::default(),
            outer: Chain::default(),
            rules: Vec::new(),
            authentication: Authentication::default(),
            priorities: None,
            drain: Drain::new(),
            insights: Vec::new(),
            health: Health::builder(),
            rooms: Vec::new(),
            #[cfg(feature = "graphql")]
            graphql: None,
            #[cfg(feature = "docs")]
            documents: None,
        }
    }

    /// Adds routes.
    pub fn routes(mut self, routes: Router) -> Self {
        self.router = self.router.merge(routes);
        self
    }

    /// Wraps the whole service in a tower layer: every request passes it, those that no route matches too.
    ///
    /// It goes around what was declared before, inside authentication and limits, and outside the layers of
    /// routes and groups.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.layers = self.layers.layer(layer);
        self
    }

    /// Wraps the whole service in an async function, as [`layer`](Self::layer) does in a tower layer.
    ///
    /// See [`tsk_http::middleware`] for an example.
    pub fn middleware<F, A, M>(mut self, function: F) -> Self
    where
        F: Middleware<A, Future: Future<Output: IntoResponse> + Send + 'static>,
        A: Arguments<M> + 'static,
        M: 'static,
    {
        self.layers = self.layers.middleware(function);
        self
    }

    /// Wraps everything in a tower layer, before anybody is known and anything is refused: rarely wanted.
    ///
    /// Its own answers carry nothing that the stack adds, such as security headers; if it panics, the answer is such a one, with
    /// 500.
    pub fn outer_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next, Service: MountedService> + Send + Sync + 'static,
    {
        self.outer = self.outer.layer(layer);
        self
    }

    /// Limits how much clients may ask of the whole service, beside what routes, groups and the configuration say. Every request
    /// counts, those that no route matches too.
    ///
    /// ```
    /// use tsk::prelude::*;
    /// use tsk::ratelimit::Rule;
    ///
    /// let app = App::new(Config::default()).limit(Rule::per_second(50));
    /// # let _ = app;
    /// ```
    pub fn limit(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Has a gate say who is calling: after limits that know nobody, such as those of addresses, so that guessing is limited;
    /// and before those that know, and all layers. It sets the principal of the [`RequestContext`](tsk_core::RequestContext),
    /// or refuses. A second one takes the place of the first.
    pub fn authenticate(mut self, gate: impl Gate) -> Self {
        self.authentication = Authentication::own(gate);
        self
    }

    /// Says who is calling and what it may do, beside what `[auth]` in the configuration says: by which
    /// [schemes](tsk_auth::Scheme), with which [roles](tsk_auth::access::Roles). It stands where a gate of
    /// [`authenticate`](Self::authenticate) would, and in its place.
    ///
    /// From then on every route declares who may use it, by `.access(..)` or `.public()`, or the service does not start.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tsk::auth::{access::Roles, jwt::{Algorithm, Bearer, Issuer, Key, Keys, Verifier}};
    /// use tsk::prelude::*;
    ///
    /// const USERS_READ: Permission = Permission::new("users:read");
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let keys = Keys::fixed([Key::secret(&[7; 32], Algorithm::Hs256)?])?;
    /// let verifier: Verifier = Verifier::new(Issuer::new("https://id.example.com", keys).audience("shop"))?;
    /// let routes = Router::new()
    ///     .route(get("/", || async { "Hello" }).public())
    ///     .route(get("/users", || async { "ada" }).access(USERS_READ));
    /// let app = App::new(Config::default()).routes(routes).auth(|auth| auth.scheme(Bearer::new(verifier)));
    /// let client = app.client()?;
    /// assert_eq!(client.get("/").await.status(), 200);
    /// assert_eq!(client.get("/users").await.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn auth(
        mut self,
        add: impl FnOnce(tsk_auth::gate::Builder) -> tsk_auth::gate::Builder + Send + Sync + 'static,
    ) -> Self {
        self.authentication = self.authentication.with(add);
        self
    }

    /// Says what it matters who calls, where `[overload]` is on and there is more to do than can be done: `priority` is told
    /// the caller and the priority of the route, and gives that of the request.
    ///
    /// ```
    /// use tsk::prelude::*;
    ///
    /// let app = App::new(Config::default()).priorities(|caller, route| match caller.tier_name() {
    ///     Some("free") => Priority::Sheddable,
    ///     _ => route,
    /// });
    /// # let _ = app;
    /// ```
    pub fn priorities(
        mut self,
        priority: impl Fn(&Principal, Priority) -> Priority + Send + Sync + 'static,
    ) -> Self {
        self.priorities = Some(Priorities::new(priority));
        self
    }

    /// Serves the documents of the service, to everybody: OpenAPI 3.1 at `/openapi.json`, 3.0 at `/openapi-3.0.json`, a
    /// reference in Markdown at `/docs.md`, and at `/docs` the page on which people try the operations out. Where the API has
    /// [versions](Router::versions), these are about the newest, and each has its own at `/openapi/v1.json`,
    /// `/openapi-3.0/v1.json` and `/docs/v1.md`; the page lets people choose.
    ///
    /// They are made once, of the routes and of what the layers around them answer, and have entity tags. What they say of
    /// a route comes from [`Router::api`].
    ///
    /// ```
    /// use tsk::docs::{Docs, Info};
    /// use tsk::prelude::*;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let routes = Router::new().api(get("/time", || async { "noon" }).summary("The time of day"));
    /// let app = App::new(Config::default()).routes(routes).docs(Docs::new(Info::new("Clock", "1.0.0")));
    /// let document = app.client()?.get("/openapi.json").await.text().await;
    /// assert!(document.contains("The time of day"));
    /// # Ok::<(), tsk::Error>(()) }).unwrap();
    /// ```
    #[cfg(feature = "docs")]
    pub fn docs(self, docs: tsk_docs::Docs) -> Self {
        self.docs_below("/", docs)
    }

    /// As [`docs`](Self::docs) does, below a prefix: `/reference/openapi.json`, `/reference/docs`.
    #[cfg(feature = "docs")]
    #[track_caller]
    pub fn docs_below(self, prefix: &str, docs: tsk_docs::Docs) -> Self {
        self.docs_for(Access::public(), prefix, docs)
    }

    /// As [`docs_below`](Self::docs_below) does, for those who may. That needs [`auth`](Self::auth), or everybody may.
    #[cfg(feature = "docs")]
    #[track_caller]
    pub fn docs_for(mut self, access: impl Into<Access>, prefix: &str, docs: tsk_docs::Docs) -> Self {
        let documents = Documents::public(docs, prefix, access.into());
        self.router = self.router.nest(prefix, documents.routes());
        self.documents = Some(documents);
        self
    }

    /// Adds a check of what the service needs, made in the background: `/readyz` and the like are answered from what it last
    /// found. Those of `[health]` in the configuration are beside it.
    ///
    /// ```
    /// use tsk::core::check::Finding;
    /// use tsk::health::Kind;
    /// use tsk::prelude::*;
    ///
    /// async fn ping_database() -> Finding {
    ///     Finding::pass()
    /// }
    ///
    /// let app = App::new(Config::default()).check("database", Kind::Readiness, ping_database);
    /// # let _ = app;
    /// ```
    pub fn check(
        mut self,
        name: impl Into<String>,
        settings: impl Into<tsk_health::Settings>,
        check: impl Check,
    ) -> Self {
        self.health = self.health.check(name, settings, check);
        self
    }

    /// Has a heartbeat of this process decide whether it is alive, as `/livez` says.
    pub fn liveness(mut self, pulse: tsk_health::Pulse) -> Self {
        self.health = self.health.liveness(pulse);
        self
    }

    /// Has somebody told when a check stands otherwise, beside those that the configuration names.
    pub fn notify(mut self, name: impl Into<String>, notifier: impl tsk_health::Notify) -> Self {
        self.health = self.health.notify(name, notifier);
        self
    }

    /// Says how the documents begin that operators get, from the [admin listener](crate::admin) and by
    /// [`document`](Self::document), where [`docs`](Self::docs) serves none to everybody.
    #[cfg(feature = "docs")]
    pub fn operator_docs(mut self, docs: tsk_docs::Docs) -> Self {
        self.documents.get_or_insert_with(|| Documents::private(docs));
        self
    }

    /// The documents of the service, without listening anywhere; `None` where neither [`docs`](Self::docs) nor
    /// [`operator_docs`](Self::operator_docs) said how they begin.
    ///
    /// ```
    /// use tsk::docs::{Docs, Info};
    /// use tsk::prelude::*;
    ///
    /// let routes = Router::new().api(get("/time", || async { "noon" }).summary("The time of day"));
    /// let app = App::new(Config::default()).routes(routes).docs(Docs::new(Info::new("Clock", "1.0.0")));
    /// assert!(app.document()?.is_some_and(|document| document.markdown().contains("### GET `/time`")));
    /// # Ok::<(), tsk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    #[cfg(feature = "docs")]
    pub fn document(self) -> Result<Option<tsk_docs::Document>, Error> {
        let documents = self.documents.clone();
        let table = self.validate()?;
        Ok(documents.map(|documents| documents.document(&table)))
    }

    /// Has an operator see on the [admin listener](crate::admin), at `/insights/` and its name, what something shows of
    /// itself.
    pub fn insight(mut self, insight: impl Insight) -> Self {
        self.insights.push(Arc::new(insight));
        self
    }

    /// The signal that stops the service, for those who run with it, and for those who stop it themselves.
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Checks the routes and the settings without listening anywhere, and gives what is known of the routes. The file of the
    /// access log is left alone. What concerns listeners and certificates, [`Server::check`](tsk_http::Server::check) looks at.
    ///
    /// ```
    /// use tsk::prelude::*;
    ///
    /// let mut config = Config::default();
    /// config.http.request_id_header = "request id".into();
    /// let error = App::new(config).validate().unwrap_err();
    /// assert_eq!(error.key(), Some("http.request_id_header"));
    /// ```
    ///
    /// # Errors
    ///
    /// Routes that contradict each other or lack something, and settings that cannot be.
    pub fn validate(self) -> Result<Arc<RouteTable>, Error> {
        Ok(self.checked()?.layers.table())
    }

    /// Checks the routes and listens, without accepting yet: what can go wrong at start goes wrong here.
    ///
    /// # Errors
    ///
    /// Routes that contradict each other or lack something, and addresses that cannot be listened on.
    pub async fn bind(self) -> Result<Bound, Error> {
        let watch = Watch::new(&self.config)?;
        watch.install();
        let generation = Generation::new(self, &watch, None)?;
        Bound::listen(generation, watch).await
    }

    /// A client that asks the service in process, as a test does: all of the stack, and no port.
    ///
    /// ```
    /// use tsk::prelude::*;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let routes = Router::new().route(get("/", || async { "hello" }));
    /// let client = App::new(Config::default()).routes(routes).client()?;
    /// assert_eq!(client.get("/").await.text().await, "hello");
    /// assert_eq!(client.get("/nowhere").await.status(), 404);
    /// # Ok::<(), tsk::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Routes that contradict each other or lack something, and settings that cannot be.
    #[cfg(feature = "testing")]
    pub fn client(self) -> Result<tsk_http::testing::Client, Error> {
        let watch = Watch::new(&self.config)?;
        let Generation { layers, health, .. } = Generation::new(self, &watch, None)?;
        health.started();
        let client = tsk_http::testing::Client::new(layers.stack(tsk_http::Connection::default()));
        Ok(client.probed_by(move |method: &Method, path: &str| health.probe(method, path)))
    }

    /// Serves until the process is told to stop by SIGTERM or SIGINT, and lets requests in flight finish.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn serve(self) -> Result<(), Error> {
        let _ = self.bind().await?.serve_until_signalled().await?;
        Ok(())
    }
}
