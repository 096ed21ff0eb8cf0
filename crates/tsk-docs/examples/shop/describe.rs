//! An operation, said in a few words.

use http::Method;
use serde_json::{Value, json};
use tsk_core::{
    Endpoint, Meta, Operation,
    operation::{Content, Location, Parameter},
};

/// One route and what it says.
pub(crate) struct Describe {
    method: Method,
    template: &'static str,
    operation: Operation,
}

pub(crate) fn on(
    method: Method,
    template: &'static str,
    tag: &str,
    summary: &str,
    description: &str,
) -> Describe {
    let mut operation = Operation::default();
    operation.summary = Some(summary.into());
    operation.description = Some(description.into());
    operation.tags = vec![tag.into()];
    Describe { method, template, operation }
}

impl Describe {
    fn parameter(mut self, location: Location, name: &str, required: bool, schema: Value) -> Self {
        let name = name.to_owned();
        self.operation.parameters.push(Parameter { name, location, required, description: None, schema });
        self
    }

    pub(crate) fn path(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Path, name, true, schema)
    }

    pub(crate) fn query(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Query, name, false, schema)
    }

    pub(crate) fn must_query(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Query, name, true, schema)
    }

    pub(crate) fn header(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Header, name, false, schema)
    }

    pub(crate) fn must_header(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Header, name, true, schema)
    }

    pub(crate) fn cookie(self, name: &str, schema: Value) -> Self {
        self.parameter(Location::Cookie, name, false, schema)
    }

    pub(crate) fn body(mut self, media_type: &str, schema: Value) -> Self {
        let content = self.operation.request.get_or_insert_with(Content::default);
        content.media.insert(media_type.into(), schema);
        self
    }

    pub(crate) fn json(self, schema: Value) -> Self {
        self.body("application/json", schema)
    }

    pub(crate) fn optional_json(self, schema: Value) -> Self {
        let mut this = self.json(schema);
        this.operation.request.get_or_insert_with(Content::default).optional = true;
        this
    }

    pub(crate) fn gives(mut self, status: u16, description: &str, media_type: &str, schema: Value) -> Self {
        self.operation.respond(status, description).content.media.insert(media_type.into(), schema);
        self
    }

    pub(crate) fn answers(self, description: &str, schema: Value) -> Self {
        self.gives(200, description, "application/json", schema)
    }

    pub(crate) fn says(mut self, status: u16, description: &str) -> Self {
        self.operation.respond(status, description);
        self
    }

    pub(crate) fn with(mut self, status: u16, name: &str, schema: Value) -> Self {
        self.operation.respond(status, "").headers.insert(name.into(), schema);
        self
    }

    pub(crate) fn needs(mut self, scheme: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.operation.security.push([(scheme.to_owned(), scopes)].into());
        self
    }

    pub(crate) fn deprecated(mut self) -> Self {
        self.operation.deprecated = true;
        self
    }

    /// The route, with the answers that the layers of a service add to any.
    pub(crate) fn route(mut self) -> Endpoint {
        if !self.operation.security.is_empty() {
            self.operation.respond(401, "Nobody is known to be calling.");
            self.operation.respond(403, "The caller may not do this.");
        }
        if let Some(content) = &self.operation.request {
            let is_json = content.media.keys().any(|name| name.contains("json"));
            self.operation.respond(400, "The body cannot be read.");
            self.operation.respond(413, "The body is too large.");
            self.operation.respond(415, "The body is of another media type.");
            if is_json {
                self.operation.respond(422, "The body says what is not allowed.");
            }
        } else if !self.operation.parameters.is_empty() {
            self.operation.respond(400, "A parameter cannot be read.");
        }
        let seconds =
            json!({ "description": "In how many seconds to come again.", "type": "integer", "minimum": 0 });
        self.operation
            .respond(429, "There were too many requests.")
            .headers
            .insert("retry-after".into(), seconds);
        Endpoint::new(Some(self.method), self.template).declared(self.operation, Meta::default())
    }
}
