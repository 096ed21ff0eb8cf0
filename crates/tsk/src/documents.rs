//! The documents of a service, served by itself.

use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method, Response, StatusCode};
use tsk_core::{Body, IntoResponse, Problem, RouteTable};
use tsk_docs::{Docs, Document, Serve};
use tsk_http::{Router, api::DeclareAnswers, get};

/// The documents of a service: who serves them is in its routes, and what they say of those is known once all layers
/// have had their say.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    docs: Docs,
    served: Arc<OnceLock<Serve>>,
    /// Whether they are for everybody, or for operators alone.
    pub(crate) are_public: bool,
}

impl Documents {
    pub(crate) fn public(docs: Docs) -> Self {
        Self { docs, served: Arc::default(), are_public: true }
    }

    pub(crate) fn private(docs: Docs) -> Self {
        Self { docs, served: Arc::default(), are_public: false }
    }

    /// The routes that answer with the documents, and are not in them.
    pub(crate) fn routes(&self) -> Router {
        let none = Serve::new(&self.docs.document(RouteTable::default()));
        none.paths().fold(Router::new(), |router, path| {
            let served = Arc::clone(&self.served);
            // By the path of its own, and not that of the request, which may have a prefix.
            let answer = move |method: Method, headers: HeaderMap| {
                std::future::ready(match served.get() {
                    Some(serve) => serve.answer(&method, path, &headers),
                    // Routes are served once they are bound.
                    None => Problem::new(StatusCode::SERVICE_UNAVAILABLE).into_response(),
                })
            };
            router.route(get(path, answer).hidden())
        })
    }

    /// Makes the documents, of routes that are complete.
    pub(crate) fn make(&self, table: &Arc<RouteTable>) {
        self.served(table);
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
