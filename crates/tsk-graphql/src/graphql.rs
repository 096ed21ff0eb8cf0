//! A GraphQL schema that is served.

use std::{fmt, sync::Arc};

use http::request::Parts;
use juniper::{DefaultScalarValue, GraphQLSubscriptionType, GraphQLTypeAsync, RootNode};

use tsk_core::Upgrade;

use crate::{
    Error,
    config::Config,
    cost::Costs,
    documents::Documents,
    engine::Engine,
    measured,
    names::Names,
    operations::Operations,
    schema::{Schema, Typed},
    sdl,
    trusted::Trusted,
};

/// A GraphQL schema of juniper's, served over HTTP: a tower service for any path, in any stack that hyper is in.
///
/// ```
/// use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
/// use tsk_graphql::GraphQl;
///
/// struct Query;
///
/// #[graphql_object]
/// impl Query {
///     fn hello() -> &'static str {
///         "hello"
///     }
/// }
///
/// let schema = RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new());
/// let graphql = GraphQl::new(schema); // `.service("/graphql", graphql)` in the router of tsk
/// assert!(graphql.sdl().contains("hello: String!"));
/// ```
///
/// Cloning is cheap, and shares what is kept.
#[derive(Clone)]
pub struct GraphQl(Arc<Engine>);

impl GraphQl {
    /// A schema whose context says nothing of a request.
    pub fn new<Q, M, S>(schema: RootNode<Q, M, S>) -> Self
    where
        Q: GraphQLTypeAsync<DefaultScalarValue, TypeInfo: Send + Sync, Context: Default + Send + Sync>
            + Send
            + 'static,
        M: GraphQLTypeAsync<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync> + Send + 'static,
        S: GraphQLSubscriptionType<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync>
            + Send
            + 'static,
    {
        Self::with_context(schema, |_| Default::default())
    }

    /// A schema whose context is made for each operation, of the head of its request.
    pub fn with_context<Q, M, S, F>(schema: RootNode<Q, M, S>, context: F) -> Self
    where
        Q: GraphQLTypeAsync<DefaultScalarValue, TypeInfo: Send + Sync, Context: Send + Sync> + Send + 'static,
        M: GraphQLTypeAsync<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync> + Send + 'static,
        S: GraphQLSubscriptionType<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync>
            + Send
            + 'static,
        F: Fn(&Parts) -> Q::Context + Send + Sync + 'static,
    {
        measured::describe();
        Self::of(Arc::new(Typed { root: schema, context }), Settings::default())
    }

    /// The same schema, with something about it that is different. What was kept is not.
    fn changed(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let Engine { schema, config, costs, documents, upgrade, .. } = &*self.0;
        let trusted = documents.trusted().cloned();
        let mut settings =
            Settings { config: config.clone(), costs: costs.clone(), trusted, upgrade: upgrade.clone() };
        change(&mut settings);
        Self::of(Arc::clone(schema), settings)
    }

    fn of(schema: Arc<dyn Schema>, settings: Settings) -> Self {
        let Settings { config, costs, trusted, upgrade } = settings;
        let documents = Documents::new(trusted, config.persisted);
        let operations = Operations::new(config.cache.as_u64());
        Self(Arc::new(Engine {
            schema,
            config,
            costs,
            documents,
            operations,
            names: Names::default(),
            upgrade,
        }))
    }

    /// Says how requests are taken, and how much they may ask for. Files that it names are read now.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, and a file that cannot be read, or does not fit the schema.
    pub fn config(self, config: &Config) -> Result<Self, Error> {
        config.checked()?;
        self.changed(|settings| settings.config = config.clone()).with_files(config)
    }

    /// Says what fields cost.
    ///
    /// # Errors
    ///
    /// One of them is not in the schema.
    pub fn costs(self, costs: Costs) -> Result<Self, Error> {
        let engine = &*self.0;
        let types = engine.schema.types();
        for name in costs.names() {
            let known = name
                .split_once('.')
                .and_then(|(parent, field)| types.concrete_type_by_name(parent)?.field_by_name(field));
            if known.is_none() {
                return Err(Error::new(format!(
                    "there is no field `{name}` in the schema that could have a cost"
                )));
            }
        }
        Ok(self.changed(|settings| settings.costs = costs))
    }

    /// Adds documents that clients may name in the place of sending them. Each is held against the schema.
    ///
    /// # Errors
    ///
    /// One of them is not valid, or is beyond a limit.
    pub fn trusted(self, trusted: Trusted) -> Result<Self, Error> {
        let engine = &*self.0;
        for (id, document) in trusted.documents() {
            engine
                .check(document)
                .map_err(|reason| Error::new(format!("the trusted document `{id}`: {reason}")))?;
        }
        Ok(self.changed(|settings| settings.trusted = Some(trusted)))
    }

    /// Takes operations over sockets as well, by the protocol graphql-transport-ws: whoever opens them says whose pages may,
    /// and what a socket may cost.
    ///
    /// A client can say in the payload of `connection_init` who it is, as `Authorization`, as it would in a header.
    #[must_use]
    pub fn sockets(self, upgrade: Arc<dyn Upgrade>) -> Self {
        self.changed(|settings| settings.upgrade = Some(upgrade))
    }

    /// Holds the code against a schema in its own language, which is the contract: for the start of a service, and for its tests.
    /// Order and descriptions make no difference.
    ///
    /// # Errors
    ///
    /// Every difference, in one line.
    pub fn check(&self, contract: &str) -> Result<(), Error> {
        let changes = sdl::diff(contract, &self.sdl())?;
        if changes.is_empty() {
            return Ok(());
        }
        let lines: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
        Err(Error::new(format!("the code is not what the schema says: {}", lines.join("; "))))
    }

    /// The schema in its own language.
    pub fn sdl(&self) -> String {
        self.0.schema.sdl()
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0
    }
}

/// What is said of a schema.
#[derive(Default)]
struct Settings {
    config: Config,
    costs: Costs,
    trusted: Option<Trusted>,
    upgrade: Option<Arc<dyn Upgrade>>,
}

impl fmt::Debug for GraphQl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Engine { config, documents, operations, .. } = &*self.0;
        f.debug_struct("GraphQl")
            .field("config", config)
            .field("documents", documents)
            .field("operations", operations)
            .finish_non_exhaustive()
    }
}
