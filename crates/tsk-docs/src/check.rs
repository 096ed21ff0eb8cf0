//! What is wrong with what operations say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;
use tsk_core::{
    Operation, RouteTable,
    operation::{Content, Location},
};

use crate::{Docs, example, openapi::is_data, operations, schema::keywords};

/// Something that a document would say wrongly, or leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The operation, as `GET /users/{id}`.
    pub operation: String,
    /// Where within it, such as ``request `application/json` ``.
    pub place: String,
    /// What is wrong, and what to do.
    pub fault: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.operation, self.place, self.fault)
    }
}

impl std::error::Error for Mistake {}

/// Holds every documented route against itself: identifiers that are there twice, parameters that are not in the path,
/// schemas that are none, references to nothing, schemes that nobody describes, and examples, chosen and made, that do not
/// fit their schemas.
///
/// It compiles every schema, and so it is for the tests of an application and not for its start.
///
/// ```
/// # #[cfg(feature = "check")] {
/// use tsk_core::RouteTable;
///
/// # let routes = RouteTable::default();
/// if let Err(mistakes) = tsk_docs::check(&routes) {
///     let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
///     panic!("{}", lines.join("\n"));
/// }
/// # }
/// ```
///
/// # Errors
///
/// Every mistake, in the order of paths.
pub fn check(routes: &RouteTable) -> Result<(), Vec<Mistake>> {
    find(routes, &BTreeSet::new())
}

impl Docs {
    /// As [`check`] does, with the security schemes that are described here.
    ///
    /// # Errors
    ///
    /// Every mistake, in the order of paths.
    pub fn check(&self, routes: &RouteTable) -> Result<(), Vec<Mistake>> {
        find(routes, &self.schemes.keys().collect())
    }
}

fn find(routes: &RouteTable, schemes: &BTreeSet<&String>) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let versions = routes.versions().iter().map(|version| Some(&*version.name));
    let none = routes.versions().is_empty().then_some(None);
    for version in versions.chain(none) {
        for mistake in find_in(routes, version, schemes) {
            // What is of no version is in the document of each.
            if !mistakes.contains(&mistake) {
                mistakes.push(mistake);
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn find_in(routes: &RouteTable, version: Option<&str>, schemes: &BTreeSet<&String>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let listed = operations::listed(routes, version);
    let mut described = schemes.clone();
    described.extend(listed.iter().flat_map(|each| each.operation().schemes.keys()));
    let mut identifiers: BTreeMap<&str, String> = BTreeMap::new();
    for each in &listed {
        let version = each.endpoint.version().map(|version| format!(" of `{version}`")).unwrap_or_default();
        let method = each.method.to_ascii_uppercase();
        let name = format!("{method} {}{version}", each.endpoint.template());
        let mut found = Faults { operation: &name, mistakes: &mut mistakes };
        if let Some(id) = &each.operation().id
            && let Some(other) = identifiers.insert(id, name.clone())
        {
            found.add("id", format!("`{id}` is also that of {other}: give one of them another"));
        }
        parameters(each, &mut found);
        schemas(each.operation(), &mut found);
        for scheme in each.operation().security.iter().flat_map(BTreeMap::keys) {
            if !described.contains(scheme) {
                found.add("security", format!("nobody says what the scheme `{scheme}` is"));
            }
        }
    }
    mistakes
}

struct Faults<'a> {
    operation: &'a str,
    mistakes: &'a mut Vec<Mistake>,
}

impl Faults<'_> {
    fn add(&mut self, place: &str, fault: impl Into<String>) {
        let (operation, place) = (self.operation.to_owned(), place.to_owned());
        self.mistakes.push(Mistake { operation, place, fault: fault.into() });
    }
}

fn parameters(listed: &operations::Listed<'_>, found: &mut Faults<'_>) {
    let declared: BTreeSet<&str> = listed
        .operation()
        .parameters
        .iter()
        .filter(|each| each.location == Location::Path)
        .map(|each| each.name.as_str())
        .collect();
    let in_path: BTreeSet<&str> = listed.endpoint.params().iter().map(|name| &**name).collect();
    for name in declared.difference(&in_path) {
        found.add(&format!("parameter `{name}`"), "the path has no such parameter");
    }
    for name in in_path.difference(&declared) {
        found.add(&format!("parameter `{name}`"), "it is in the path, and nothing says what it is");
    }
}

fn schemas(said: &Operation, found: &mut Faults<'_>) {
    for parameter in &said.parameters {
        schema(&format!("parameter `{}`", parameter.name), &parameter.schema, true, found);
    }
    if let Some(content) = &said.request {
        body("request", content, found);
    }
    for (status, answer) in &said.responses {
        body(&format!("answer {status}"), &answer.content, found);
        for (name, value) in &answer.headers {
            schema(&format!("answer {status}, header `{name}`"), value, true, found);
        }
    }
}

fn body(place: &str, content: &Content, found: &mut Faults<'_>) {
    for (media_type, value) in &content.media {
        schema(&format!("{place} `{media_type}`"), value, is_data(media_type), found);
    }
}

/// A schema, the examples within, and the one that is made of it if it is data.
fn schema(place: &str, schema: &Value, is_made: bool, found: &mut Faults<'_>) {
    let validator = match schema {
        Value::Null => return,
        schema => match validator(schema, schema) {
            Ok(validator) => validator,
            Err(fault) => return found.add(place, format!("the schema is wrong: {fault}")),
        },
    };
    chosen(place, schema, schema, found);
    if !is_made || example::explicit(schema).is_some() {
        return;
    }
    match example::generated(schema, example::Side::Any) {
        None => found.add(place, "no example was found that fits: add one to the schema, as `examples`"),
        Some(value) => {
            if let Err(error) = validator.validate(&value) {
                let advice = "add one to the schema, as `examples`";
                found.add(place, format!("the example that is made does not fit: {error}: {advice}"));
            }
        }
    }
}

/// The examples that somebody chose, on the schema and on any within.
fn chosen(place: &str, root: &Value, schema: &Value, found: &mut Faults<'_>) {
    for value in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
        // The whole was compiled before, and so the part can be.
        if let Ok(validator) = validator(root, schema)
            && let Err(error) = validator.validate(value)
        {
            found.add(place, format!("the example {value} does not fit its schema: {error}"));
        }
    }
    keywords::each_child(schema, |child| chosen(place, root, child, found));
}

/// A validator for a schema within another whose definitions it may refer to.
fn validator(root: &Value, schema: &Value) -> Result<jsonschema::Validator, String> {
    let mut whole = schema.clone();
    if !std::ptr::eq(root, schema)
        && let (Value::Object(whole), Value::Object(root)) = (&mut whole, root)
    {
        for keyword in ["$defs", "definitions"] {
            if let Some(definitions) = root.get(keyword) {
                whole.insert(keyword.into(), definitions.clone());
            }
        }
    }
    let options =
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
    options.build(&whole).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
