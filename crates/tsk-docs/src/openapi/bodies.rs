//! Bodies of requests and of answers.

use okapi::{
    Map,
    openapi3::{Header, MediaType, ParameterValue, RefOr, RequestBody, Response, Responses},
};
use serde_json::{Value, json};
use tsk_core::operation::{Answer, Content, Operation};

use super::{Parts, parameters::description, shared::Shared, verbatim};
use crate::{
    Docs,
    example::{self, Side},
    ordered, schema,
};

const PROBLEM: &str = "application/problem+json";

pub(super) fn request(content: &Content, parts: &mut Parts<'_>) -> RequestBody {
    let media =
        content.media.iter().map(|(name, schema)| (name.clone(), media(name, schema, Side::Request, parts)));
    RequestBody { content: media.collect(), required: !content.optional, ..RequestBody::default() }
}

pub(super) fn responses(
    docs: &Docs,
    said: &Operation,
    parts: &mut Parts<'_>,
    shared: &mut Shared,
) -> Responses {
    let mut responses: Map<String, RefOr<Response>> = said
        .responses
        .iter()
        .map(|(status, answer)| (Some(*status), answer))
        .chain(said.fallback.iter().map(|answer| (None, answer)))
        .map(|(status, answer)| {
            let name = status.map_or_else(|| "default".into(), |status| status.to_string());
            let make = || response(docs, status, answer, parts);
            (name, shared.answer(status, answer, make))
        })
        .collect();
    if responses.is_empty() {
        // A document without any answer is not valid, and to name one would be a guess.
        let unknown = Response { description: "The answer is not described.".into(), ..Response::default() };
        responses.insert("default".into(), unknown.into());
    }
    Responses { responses, ..Responses::default() }
}

/// The answer with a status; `None` for any that is not named.
fn response(docs: &Docs, status: Option<u16>, answer: &Answer, parts: &mut Parts<'_>) -> Response {
    let mut content: Map<String, MediaType> = Map::new();
    for (name, schema) in &answer.content.media {
        let is_bare_problem = name == PROBLEM && schema::is_empty(schema);
        let body = if is_bare_problem {
            problem(status, answer, parts)
        } else {
            media(name, schema, Side::Answer, parts)
        };
        content.insert(name.clone(), body);
    }
    if content.is_empty() && status.is_some_and(|status| status >= 400) && docs.problems {
        content.insert(PROBLEM.into(), problem(status, answer, parts));
    }
    let headers = answer.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    let headers = headers.map(|(name, schema)| (name.clone(), header(schema, parts).into())).collect();
    Response { description: answer.description.clone(), headers, content, ..Response::default() }
}

/// Whether an answer is an error of which nothing more is said than its status, its description and its headers.
pub(super) fn is_plain_problem(status: Option<u16>, answer: &Answer) -> bool {
    let bare = |(name, schema): (&String, &Value)| name == PROBLEM && schema::is_empty(schema);
    status.is_none_or(|status| status >= 400) && answer.content.media.iter().all(bare)
}

/// The body of an error of which nothing more is known.
fn problem(status: Option<u16>, answer: &Answer, parts: &mut Parts<'_>) -> MediaType {
    // Of those that are not named, the one that any operation can be answered with.
    let status = status.unwrap_or(500);
    let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut example = json!({ "type": "about:blank", "title": title.unwrap_or("Error"), "status": status });
    if !answer.description.is_empty() {
        example["detail"] = answer.description.as_str().into();
    }
    let schema = Some(verbatim(parts.schemas.adopt(&schema::problem())));
    MediaType { schema, example: Some(example), ..MediaType::default() }
}

fn media(name: &str, schema: &Value, side: Side, parts: &mut Parts<'_>) -> MediaType {
    // Of a body of which nothing is known there is no schema: it may be bytes as well as text.
    if schema::is_empty(schema) {
        return MediaType::default();
    }
    let hash = ordered::hash(schema);
    let example = if is_data(name) {
        parts.examples.of_hashed(hash, schema, side)
    } else {
        example::explicit(schema).cloned()
    };
    let schema = Some(verbatim(parts.schemas.adopt_hashed(hash, schema)));
    MediaType { schema, example, ..MediaType::default() }
}

/// Whether a body of this type is what its schema says, and not a file or a stream.
pub(crate) fn is_data(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || essence.ends_with("+json")
        || essence == "application/x-www-form-urlencoded"
}

fn header(schema: &Value, parts: &mut Parts<'_>) -> Header {
    Header {
        description: description(schema),
        required: false,
        deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
        allow_empty_value: false,
        value: ParameterValue::Schema {
            style: None,
            explode: None,
            allow_reserved: false,
            schema: verbatim(parts.schemas.adopt(schema)),
            example: example::explicit(schema).cloned(),
            examples: None,
        },
        extensions: Map::new(),
    }
}
