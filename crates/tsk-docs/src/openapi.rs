//! OpenAPI documents.
//!
//! A document is built once, in the types of `okapi`, with its schemas passed through as they are. That is OpenAPI 3.1;
//! 3.0 is made of it by saying each schema in the words of its dialect.

mod bodies;
mod older;
mod parameters;
mod security;
mod shared;

use std::collections::BTreeSet;

pub(crate) use bodies::is_data;
use okapi::{
    Map,
    openapi3::{Components, Contact, Info, License, OpenApi, Operation, PathItem, Server, Tag},
    schemars::schema::SchemaObject,
};
use serde_json::Value;

pub(crate) use older::older;

use crate::{Docs, example::Examples, operations::Listed, schema};

/// The version that a document of 2020-12 says it is of.
const VERSION: &str = "3.1.0";
const DIALECT: &str = "https://spec.openapis.org/oas/3.1/dialect/base";

/// What operations have in common.
struct Parts<'a> {
    schemas: schema::components::Components,
    examples: &'a Examples,
}

/// The document in OpenAPI 3.1.
pub(crate) fn document(
    docs: &Docs,
    listed: &[Listed<'_>],
    examples: &Examples,
) -> serde_json::Map<String, Value> {
    let mut parts = Parts { schemas: schema::components::Components::default(), examples };
    let schemes = security::schemes(docs, listed);
    let mut shared = shared::Shared::among(listed);
    let mut paths: Map<String, PathItem> = Map::new();
    for each in listed {
        let operation = operation(docs, each, &mut parts, &mut shared);
        let item = paths.entry(each.path.clone()).or_default();
        let slot = match each.method {
            "get" => &mut item.get,
            "post" => &mut item.post,
            "put" => &mut item.put,
            "patch" => &mut item.patch,
            "delete" => &mut item.delete,
            _ => &mut item.trace,
        };
        *slot = Some(operation);
    }
    let merged = schema::discriminator::discriminate(&mut parts.schemas);

    let named = parts.schemas.schemas.into_iter().map(|(name, schema)| (name, verbatim(schema)));
    let responses = shared.responses.into_iter().map(|(name, response)| (name, response.into()));
    let mut components =
        Components { schemas: named.collect(), responses: responses.collect(), ..Components::default() };
    if !schemes.is_empty() {
        // Passed through: the type has room for one flow of OAuth 2, and a scheme may offer several.
        let schemes = schemes.into_iter().collect();
        components.extensions.insert("securitySchemes".into(), Value::Object(schemes));
    }
    let mut openapi = OpenApi {
        openapi: VERSION.into(),
        info: info(&docs.info),
        servers: servers(docs),
        tags: tags(docs, listed),
        paths,
        components: Some(components),
        ..OpenApi::default()
    };
    // In so many words, because readers ask whether it was forgotten.
    openapi.extensions.insert("security".into(), Value::Array(Vec::new()));
    openapi.extensions.insert("jsonSchemaDialect".into(), DIALECT.into());
    match serde_json::to_value(openapi) {
        Ok(Value::Object(mut document)) => {
            remove_unused(&mut document, &merged);
            document
        }
        _ => unreachable!("a document is plain data, and an object"),
    }
}

/// Removes those of the named schemas that nothing refers to.
fn remove_unused(document: &mut serde_json::Map<String, Value>, names: &BTreeSet<String>) {
    fn refers(value: &Value, to: &str) -> bool {
        match value {
            Value::String(text) => text == to,
            Value::Array(items) => items.iter().any(|item| refers(item, to)),
            Value::Object(members) => members.values().any(|member| refers(member, to)),
            _ => false,
        }
    }
    for name in names {
        let reference = format!("{}{name}", schema::COMPONENTS);
        if !document.values().any(|value| refers(value, &reference)) {
            let schemas = document.get_mut("components").and_then(|all| all.get_mut("schemas"));
            schemas.and_then(Value::as_object_mut).map(|schemas| schemas.remove(name));
        }
    }
}

/// A schema that okapi's type, which is of an older draft, passes through as it is.
fn verbatim(schema: Value) -> SchemaObject {
    let mut object = SchemaObject::default();
    match schema {
        Value::Object(map) => object.extensions = map.into_iter().collect(),
        Value::Bool(false) => drop(object.extensions.insert("not".into(), serde_json::json!({}))),
        _ => {}
    }
    object
}

fn operation(
    docs: &Docs,
    listed: &Listed<'_>,
    parts: &mut Parts<'_>,
    shared: &mut shared::Shared,
) -> Operation {
    let said = listed.operation();
    Operation {
        tags: said.tags.clone(),
        summary: said.summary.clone(),
        description: said.description.clone(),
        operation_id: Some(listed.id.clone()),
        parameters: parameters::of(listed, parts),
        request_body: said.request.as_ref().map(|content| bodies::request(content, parts).into()),
        responses: bodies::responses(docs, said, parts, shared),
        deprecated: said.deprecated,
        security: security::requirements(said),
        ..Operation::default()
    }
}

fn info(info: &crate::Info) -> Info {
    let contact = info.contact.clone().map(|(name, at)| {
        let is_mail = at.contains('@') && !at.contains("://");
        let (url, email) = if is_mail { (None, Some(at)) } else { (Some(at), None) };
        Contact { name: Some(name), url, email, ..Contact::default() }
    });
    let license =
        info.license.clone().map(|(name, url)| License { name, url: Some(url), ..License::default() });
    Info {
        title: info.title.clone(),
        version: info.version.clone(),
        description: info.description.clone(),
        terms_of_service: info.terms.clone(),
        contact,
        license,
        ..Info::default()
    }
}

fn servers(docs: &Docs) -> Vec<Server> {
    let server = |(url, description): &(String, String)| Server {
        url: url.clone(),
        description: Some(description.clone()).filter(|text| !text.is_empty()),
        ..Server::default()
    };
    docs.servers.iter().map(server).collect()
}

/// The groups that are described, in their order, then the others by name.
fn tags(docs: &Docs, listed: &[Listed<'_>]) -> Vec<Tag> {
    let described = docs.tags.iter().map(|(name, description)| Tag {
        name: name.clone(),
        description: Some(description.clone()),
        ..Tag::default()
    });
    let is_described = |name: &str| docs.tags.iter().any(|(known, _)| known == name);
    let used: BTreeSet<&String> = listed.iter().flat_map(|each| &each.operation().tags).collect();
    let others = used.into_iter().filter(|name| !is_described(name));
    described.chain(others.map(|name| Tag { name: name.clone(), ..Tag::default() })).collect()
}

#[cfg(test)]
mod tests;
