//! The documents of a service, served by itself.

use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method, Response, StatusCode};
use tsk_auth::access::{Access, DeclareAccess};
use tsk_core::{Body, IntoResponse, Problem, RouteTable, Version};
use tsk_docs::{Docs, Document, Serve};
use tsk_http::{Route, Router, api::DeclareAnswers, get};

/// The documents of a service: who serves them is in its routes, and what they say of those is known once all layers
/// have had their say.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    docs: Docs,
    /// Of which routes they are, once all layers have had their say.
    table: Arc<OnceLock<Arc<RouteTable>>>,
    served: Arc<OnceLock<Serve>>,
    /// Whether they are for everybody, or for operators alone.
    pub(crate) are_public: bool,
    /// Below which prefix they are, where they are for everybody.
    pub(crate) prefix: String,
    /// Who may read them there.
    access: Access,
}

impl Documents {
    pub(crate) fn public(docs: Docs, prefix: &str, access: Access) -> Self {
        Self {
            docs,
            table: Arc::default(),
            served: Arc::default(),
            are_public: true,
            prefix: prefix.to_owned(),
            access,
        }
    }

    pub(crate) fn private(docs: Docs) -> Self {
        Self {
            docs,
            table: Arc::default(),
            served: Arc::default(),
            are_public: false,
            prefix: String::new(),
            access: Access::public(),
        }
    }

    /// The routes that answer with the documents, and are not in them.
    pub(crate) fn routes(&self) -> Router {
        let none = Serve::new(&self.docs.document(RouteTable::default()));
        none.paths().fold(Router::new(), |router, path| router.route(self.route(path)))
    }

    /// The same, of those of each version: which ones there are is known once the application has all its routes.
    pub(crate) fn routes_of_versions<'v>(&self, names: impl Iterator<Item = &'v str>) -> Router {
        let version = |name: &str| Version { name: name.into(), notice: None };
        let versions: Vec<_> = names.map(version).collect();
        if versions.is_empty() {
            return Router::new();
        }
        let table = RouteTable::default().with_versions(versions);
        let (none, all) = (RouteTable::default(), self.docs.document(table));
        let (none, all) = (Serve::new(&self.docs.document(none)), Serve::new(&all));
        let added = all.paths().filter(|path| !none.paths().any(|other| other == *path));
        added.fold(Router::new(), |router, path| router.route(self.route(path)))
    }

    fn route(&self, path: &str) -> Route {
        let documents = self.clone();
        // By the path of its own, and not that of the request, which may have a prefix.
        let own: Arc<str> = path.into();
        let answer = move |method: Method, headers: HeaderMap| {
            std::future::ready(match documents.table.get() {
                Some(table) => documents.answer(table, &method, &own, &headers),
                // Routes are served once they are bound.
                None => Problem::new(StatusCode::SERVICE_UNAVAILABLE).into_response(),
            })
        };
        get(path, answer).access(self.access.clone()).hidden().erased()
    }

    /// Has them be of routes that are complete.
    pub(crate) fn complete(&self, table: &Arc<RouteTable>) {
        // A service is bound once.
        let _ = self.table.set(Arc::clone(table));
    }

    /// Makes them, unless somebody has asked for one and so has them made already.
    pub(crate) fn make(&self) {
        if let Some(table) = self.table.get() {
            self.served(table);
        }
    }

    /// The documents themselves.
    pub(crate) fn document(&self, table: &Arc<RouteTable>) -> Document {
        self.docs.document(Arc::clone(table))
    }

    /// The answer to whoever asks for one of them, which are made if nobody has asked before.
    pub(crate) fn answer(
        &self,
        table: &Arc<RouteTable>,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Response<Body> {
        self.served(table).answer(method, path, headers)
    }

    fn served(&self, table: &Arc<RouteTable>) -> &Serve {
        self.served.get_or_init(|| Serve::new(&self.docs.document(Arc::clone(table))))
    }
}
