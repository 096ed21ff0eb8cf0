//! The documents of a service, served by itself.

use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method, StatusCode, Uri};
use tsk_core::{IntoResponse, Problem, RouteTable};
use tsk_docs::{Docs, Serve};
use tsk_http::{Router, api::DeclareAnswers, get};

/// The documents of a service: who serves them is in its routes, and what they say of those is known once all layers
/// have had their say.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    docs: Docs,
    served: Arc<OnceLock<Serve>>,
}

impl Documents {
    pub(crate) fn new(docs: Docs) -> Self {
        Self { docs, served: Arc::default() }
    }

    /// The routes that answer with the documents, and are not in them.
    pub(crate) fn routes(&self) -> Router {
        let none = Serve::new(&self.docs.document(&RouteTable::default()));
        none.paths().fold(Router::new(), |router, path| {
            let served = Arc::clone(&self.served);
            let answer = move |method: Method, uri: Uri, headers: HeaderMap| {
                std::future::ready(match served.get() {
                    Some(serve) => serve.answer(&method, uri.path(), &headers),
                    // Routes are served once they are bound.
                    None => Problem::new(StatusCode::SERVICE_UNAVAILABLE).into_response(),
                })
            };
            router.route(get(path, answer).hidden())
        })
    }

    /// Makes the documents, of routes that are complete.
    pub(crate) fn make(&self, table: &RouteTable) {
        self.served.get_or_init(|| Serve::new(&self.docs.document(table)));
    }
}
