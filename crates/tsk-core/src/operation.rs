//! The documentation of a route, as plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a route takes and gives, with JSON Schema values (draft 2020-12), so that any documentation
/// generator can consume it from anyone.
///
/// ```
/// use tsk_core::Operation;
///
/// let mut operation = Operation::default();
/// operation.summary = Some("Fetch one user".into());
/// operation.respond(404, "There is no such user.");
/// assert_eq!(operation.responses[&404].description, "There is no such user.");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Operation {
    /// Unique among the operations of a service; derived from method and path where absent.
    pub id: Option<String>,
    /// One line.
    pub summary: Option<String>,
    /// CommonMark.
    pub description: Option<String>,
    /// Groups of operations that this one is listed in.
    pub tags: Vec<String>,
    /// Whether clients should stop using it.
    pub deprecated: bool,
    /// Whether it is left out of published documentation.
    pub hidden: bool,
    /// Parameters of path, query, header and cookie.
    pub parameters: Vec<Parameter>,
    /// The body it takes.
    pub request: Option<Content>,
    /// Answers by status code.
    pub responses: BTreeMap<u16, Answer>,
    /// What is answered with any other status.
    pub fallback: Option<Answer>,
    /// Security schemes, any of which suffices, each with the scopes it needs.
    pub security: Vec<BTreeMap<String, Vec<String>>>,
    /// What the names in `security` mean, as Security Scheme Objects (OpenAPI 3.1 §4.8.27): whoever demands a scheme
    /// says here how it works.
    pub schemes: BTreeMap<String, Value>,
}

impl Operation {
    /// The answer with that status, added with `description` if it was not documented yet.
    pub fn respond(&mut self, status: u16, description: &str) -> &mut Answer {
        self.responses
            .entry(status)
            .or_insert_with(|| Answer { description: description.to_owned(), ..Answer::default() })
    }

    /// The problem (RFC 9457) with that status, added with `description` if it was not documented yet.
    pub fn problem(&mut self, status: u16, description: &str) -> &mut Answer {
        self.responses.entry(status).or_insert_with(|| Answer::problem(description))
    }

    /// The body it takes, in one more media type, and the answers to those whose body cannot be read to its end.
    pub fn body(&mut self, media_type: &str, schema: Value, optional: bool) {
        let content = self.request.get_or_insert_with(|| Content { optional, ..Content::default() });
        content.media.entry(media_type.to_owned()).or_insert(schema);
        self.problem(400, "The body, or another part of the request, cannot be read.");
        self.problem(408, "The body comes too slowly.");
        self.problem(413, "The body is too large.");
    }

    /// Whether anybody said what it does, takes or gives: a documentation lists it then.
    pub fn is_described(&self) -> bool {
        [&self.id, &self.summary, &self.description].into_iter().any(Option::is_some)
            || self.request.is_some()
            || !self.parameters.is_empty()
            || self.responses.keys().any(|status| *status < 400)
    }

    /// Takes over what another says that this one does not.
    pub fn absorb(&mut self, other: Self) {
        self.request = self.request.take().or(other.request.clone());
        self.fallback = self.fallback.take().or(other.fallback.clone());
        self.inherit(&other);
    }

    /// Takes over from a group what the route does not say itself.
    pub fn inherit(&mut self, group: &Self) {
        let missing: Vec<_> = group.tags.iter().filter(|tag| !self.tags.contains(tag)).cloned().collect();
        self.tags.extend(missing);
        self.deprecated |= group.deprecated;
        self.hidden |= group.hidden;
        if self.security.is_empty() {
            self.security.clone_from(&group.security);
        }
        for (name, scheme) in &group.schemes {
            self.schemes.entry(name.clone()).or_insert_with(|| scheme.clone());
        }
        for parameter in &group.parameters {
            if !self.parameters.iter().any(|own| own.is_same(parameter)) {
                self.parameters.push(parameter.clone());
            }
        }
        for (status, answer) in &group.responses {
            self.responses.entry(*status).or_insert_with(|| answer.clone());
        }
    }
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; of a header, without regard to case.
    pub name: String,
    /// Where it is sent.
    #[serde(rename = "in")]
    pub location: Location,
    /// Whether a request without it is refused.
    pub required: bool,
    /// CommonMark.
    pub description: Option<String>,
    /// The JSON Schema of its value.
    pub schema: Value,
}

impl Parameter {
    fn is_same(&self, other: &Self) -> bool {
        self.location == other.location
            && match self.location {
                Location::Header => self.name.eq_ignore_ascii_case(&other.name),
                Location::Path | Location::Query | Location::Cookie => self.name == other.name,
            }
    }
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// A body: its schema by media type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Whether it may be absent.
    pub optional: bool,
    /// The JSON Schema of each media type.
    pub media: BTreeMap<String, Value>,
}

impl Content {
    /// A body of one media type.
    pub fn of(media_type: &str, schema: Value) -> Self {
        Self { optional: false, media: BTreeMap::from([(media_type.to_owned(), schema)]) }
    }
}

/// One documented answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// CommonMark.
    pub description: String,
    /// The JSON Schema of each header, by its name in lower case.
    pub headers: BTreeMap<String, Value>,
    /// The body.
    pub content: Content,
}

impl Answer {
    /// A problem (RFC 9457). Its schema is empty, which stands for that of every [`Problem`](crate::Problem).
    pub fn problem(description: &str) -> Self {
        Self {
            description: description.to_owned(),
            content: Content::of("application/problem+json", Value::Object(Default::default())),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
