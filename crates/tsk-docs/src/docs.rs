//! What an application says once, and the documents that are made of it and of its routes.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use tsk_core::RouteTable;

use crate::{Document, Info};

/// Makes the documents of a service.
///
/// ```
/// use tsk_core::{Endpoint, Meta, Operation, RouteTable};
/// use tsk_docs::{Docs, Info};
///
/// let mut operation = Operation::default();
/// operation.summary = Some("Fetch one user".into());
/// operation.respond(200, "The user.");
/// let route = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(operation, Meta::default());
///
/// let document = Docs::new(Info::new("Users", "1.0.0")).document(RouteTable::new([route]));
/// assert!(document.openapi().contains(r#""operationId":"get_users_by_id""#));
/// ```
#[derive(Debug, Clone)]
pub struct Docs {
    pub(crate) info: Info,
    pub(crate) servers: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) schemes: BTreeMap<String, Value>,
    pub(crate) problems: bool,
}

impl Docs {
    /// Documents of a service. Without a [`server`](Self::server) they are about the one that serves them.
    pub fn new(info: Info) -> Self {
        Self { info, servers: Vec::new(), tags: Vec::new(), schemes: BTreeMap::new(), problems: true }
    }

    /// Adds an address at which the API is served: absolute, or relative to where the document is.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>, description: impl Into<String>) -> Self {
        self.servers.push((url.into(), description.into()));
        self
    }

    /// Says what a group of operations is about. Groups are listed in the order in which they are described, those that
    /// are not come after them by name.
    #[must_use]
    pub fn tag(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.tags.push((name.into(), description.into()));
        self
    }

    /// Says what the name of a security scheme means, as a Security Scheme Object (OpenAPI 3.1 §4.8.27). It goes before
    /// what operations say of it.
    ///
    /// ```
    /// # use tsk_docs::{Docs, Info};
    /// let docs = Docs::new(Info::new("Users", "1.0.0"))
    ///     .security_scheme("token", serde_json::json!({ "type": "http", "scheme": "bearer" }));
    /// # let _ = docs;
    /// ```
    #[must_use]
    pub fn security_scheme(mut self, name: impl Into<String>, scheme: Value) -> Self {
        self.schemes.insert(name.into(), scheme);
        self
    }

    /// Leaves errors without a documented body as they are. By default they are problems (RFC 9457), because that is
    /// what the stack answers with.
    #[must_use]
    pub fn without_problems(mut self) -> Self {
        self.problems = false;
        self
    }

    /// Makes the documents: the one in OpenAPI 3.1 now, the others when somebody asks for them. The same routes give the
    /// same bytes.
    ///
    /// A route is in them if somebody said something of it: a summary, a description, an identifier, a parameter, a
    /// body, or an answer that is no error. One that takes any method is not, as OpenAPI has no word for it.
    pub fn document(&self, routes: impl Into<Arc<RouteTable>>) -> Document {
        Document::new(self, routes.into())
    }
}
