//! Parameters of operations.

use std::borrow::Cow;

use okapi::openapi3::{Parameter, ParameterValue, RefOr};
use serde_json::{Value, json};
use tsk_core::operation::{Location, Parameter as Said};

use super::{Parts, verbatim};
use crate::{example, operations::Listed};

/// What OpenAPI says elsewhere, and ignores as a parameter (OpenAPI 3.1 §4.8.12.2.1).
const ELSEWHERE: [&str; 3] = ["accept", "content-type", "authorization"];

const REST: &str = "The rest of the path, slashes included.";

/// The parameters of the path in its order, then the others as they were declared.
pub(super) fn of(listed: &Listed<'_>, parts: &mut Parts<'_>) -> Vec<RefOr<Parameter>> {
    let said = &listed.operation().parameters;
    let path = listed.endpoint.params().iter().map(|name| {
        let declared = said.iter().find(|each| each.location == Location::Path && each.name == **name);
        match declared {
            Some(declared) => Cow::Borrowed(declared),
            // A path without its parameters would not be valid; what is known of this one is its name.
            None => Cow::Owned(undeclared(name)),
        }
    });
    let others = said.iter().filter(|each| match each.location {
        Location::Path => false,
        Location::Header => !ELSEWHERE.contains(&each.name.to_ascii_lowercase().as_str()),
        Location::Query | Location::Cookie => true,
    });
    path.chain(others.map(Cow::Borrowed)).map(|each| parameter(listed, &each, parts).into()).collect()
}

fn undeclared(name: &str) -> Said {
    let schema = json!({ "type": "string" });
    Said { name: name.to_owned(), location: Location::Path, required: true, description: None, schema }
}

fn parameter(listed: &Listed<'_>, said: &Said, parts: &mut Parts<'_>) -> Parameter {
    let location = match said.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    };
    let required = said.required || said.location == Location::Path;
    let rest = Some(REST.to_owned()).filter(|_| listed.takes_rest(&said.name));
    let described = said.description.clone().or_else(|| description(&said.schema));
    let description = match (described, rest) {
        (Some(text), Some(rest)) => Some(format!("{text}\n\n{rest}")),
        (text, rest) => text.or(rest),
    };
    // JSON Schema has no such word: it is the parameter's (OpenAPI 3.1 §4.8.12.2.1), and that of queries alone.
    let mut schema = said.schema.clone();
    let may_be_empty = schema.as_object_mut().and_then(|schema| schema.remove("allowEmptyValue"));
    // A parameter that may be left out is shown with an example only if somebody chose one: who tries it out would send
    // what they never meant to.
    let example = if required {
        parts.examples.of(&said.schema, example::Side::Request)
    } else {
        example::explicit(&said.schema).cloned()
    };
    Parameter {
        name: said.name.clone(),
        location: location.into(),
        description,
        required,
        deprecated: said.schema.get("deprecated") == Some(&Value::Bool(true)),
        allow_empty_value: said.location == Location::Query && may_be_empty == Some(Value::Bool(true)),
        value: ParameterValue::Schema {
            style: None,
            explode: None,
            allow_reserved: false,
            schema: verbatim(parts.schemas.adopt(&schema)),
            example,
            examples: None,
        },
        extensions: okapi::Map::new(),
    }
}

/// What a schema says of itself.
pub(super) fn description(schema: &Value) -> Option<String> {
    schema.get("description").and_then(Value::as_str).map(str::to_owned)
}
