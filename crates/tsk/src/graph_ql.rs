//! GraphQL, as routes.

use std::sync::Arc;

use tsk_auth::access::{Access, DeclareAccess as _};
use tsk_graphql::GraphQl;
use tsk_http::{Router, api::DeclareAnswers as _};
use tsk_ws::Sockets;

use crate::{App, Config, Error};

/// A schema, with where it is and who may ask it.
#[derive(Debug)]
pub(crate) struct Mounted {
    graphql: GraphQl,
    path: String,
    access: Access,
}

impl App {
    /// Serves a GraphQL schema at a path, to everybody, as `[graphql]` in the configuration says; what [`GraphQl::config`] has said
    /// before does not count. It is asked over HTTP, and over sockets as `[ws]` says, and it is an [insight](Self::insight). Where
    /// introspection is allowed, the [page for developers](tsk_graphql::Explorer) is below it, at `/explorer`.
    ///
    /// A second one takes the place of the first.
    ///
    /// ```
    /// use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
    /// use tsk::{graphql::GraphQl, prelude::*};
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
    /// let app = App::new(Config::default()).graphql("/graphql", GraphQl::new(schema));
    /// assert!(app.validate().is_ok());
    /// ```
    pub fn graphql(self, path: &str, graphql: GraphQl) -> Self {
        self.graphql_for(Access::public(), path, graphql)
    }

    /// As [`graphql`](Self::graphql) does, for those who may. That needs [`auth`](Self::auth), or everybody may. The page says
    /// nothing of the service, so everybody may load it; whoever asks there says in a header who it is.
    pub fn graphql_for(mut self, access: impl Into<Access>, path: &str, graphql: GraphQl) -> Self {
        self.graphql = Some(Mounted { graphql, path: path.to_owned(), access: access.into() });
        self
    }
}

impl Mounted {
    /// The schema as it is served.
    pub(crate) fn configured(self, config: &Config, sockets: &Sockets) -> Result<(GraphQl, Router), Error> {
        let Self { graphql, path, access } = self;
        let graphql = graphql.config(&config.graphql)?.sockets(Arc::new(sockets.clone()));
        let endpoint = Router::new().service(&path, graphql.clone()).access(access).hidden();
        let (explorer, below) = (graphql.explorer(), path.trim_end_matches('/'));
        let page = explorer
            .paths()
            .fold(Router::new(), |router, path| router.service(&format!("{below}{path}"), explorer.clone()));
        Ok((graphql, endpoint.merge(page.public().hidden())))
    }
}
