//! Bodies of requests and of answers.

use okapi::{
    Map,
    openapi3::{Header, MediaType, ParameterValue, RefOr, RequestBody, Response, Responses},
};
use serde_json::{Value, json};
use tsk_core::operation::{Answer, Content, Operation};

use super::{parameters::description, verbatim};
use crate::{
    Docs,
    example::{self, Side},
    schema::{self, components::Components},
};

const PROBLEM: &str = "application/problem+json";

pub(super) fn request(content: &Content, schemas: &mut Components) -> RequestBody {
    let media = content
        .media
        .iter()
        .map(|(name, schema)| (name.clone(), media(name, schema, Side::Request, schemas)));
    RequestBody { content: media.collect(), required: !content.optional, ..RequestBody::default() }
}

pub(super) fn responses(docs: &Docs, said: &Operation, schemas: &mut Components) -> Responses {
    let mut responses: Map<String, RefOr<Response>> = said
        .responses
        .iter()
        .map(|(status, answer)| (status.to_string(), response(docs, *status, answer, schemas).into()))
        .collect();
    if responses.is_empty() {
        // A document without any answer is not valid, and to name one would be a guess.
        let unknown = Response { description: "The answer is not described.".into(), ..Response::default() };
        responses.insert("default".into(), unknown.into());
    }
    Responses { responses, ..Responses::default() }
}

fn response(docs: &Docs, status: u16, answer: &Answer, schemas: &mut Components) -> Response {
    let mut content: Map<String, MediaType> = Map::new();
    for (name, schema) in &answer.content.media {
        let is_bare_problem = name == PROBLEM && schema::is_empty(schema);
        let body = if is_bare_problem {
            problem(status, answer, schemas)
        } else {
            media(name, schema, Side::Answer, schemas)
        };
        content.insert(name.clone(), body);
    }
    if content.is_empty() && status >= 400 && docs.problems {
        content.insert(PROBLEM.into(), problem(status, answer, schemas));
    }
    let headers = answer.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    let headers = headers.map(|(name, schema)| (name.clone(), header(schema, schemas).into())).collect();
    Response { description: answer.description.clone(), headers, content, ..Response::default() }
}

/// The body of an error of which nothing more is known.
fn problem(status: u16, answer: &Answer, schemas: &mut Components) -> MediaType {
    let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut example = json!({ "type": "about:blank", "title": title.unwrap_or("Error"), "status": status });
    if !answer.description.is_empty() {
        example["detail"] = answer.description.as_str().into();
    }
    let schema = Some(verbatim(schemas.adopt(&schema::problem())));
    MediaType { schema, example: Some(example), ..MediaType::default() }
}

fn media(name: &str, schema: &Value, side: Side, schemas: &mut Components) -> MediaType {
    let example = if is_data(name) { example::of(schema, side) } else { example::explicit(schema).cloned() };
    // A body of which nothing is known has no schema: it may be bytes as well as text.
    let schema = Some(schema).filter(|schema| !schema::is_empty(schema));
    MediaType {
        schema: schema.map(|schema| verbatim(schemas.adopt(schema))),
        example,
        ..MediaType::default()
    }
}

/// Whether a body of this type is what its schema says, and not a file or a stream.
pub(crate) fn is_data(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || essence.ends_with("+json")
        || essence == "application/x-www-form-urlencoded"
}

fn header(schema: &Value, schemas: &mut Components) -> Header {
    Header {
        description: description(schema),
        required: false,
        deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
        allow_empty_value: false,
        value: ParameterValue::Schema {
            style: None,
            explode: None,
            allow_reserved: false,
            schema: verbatim(schemas.adopt(schema)),
            example: example::explicit(schema).cloned(),
            examples: None,
        },
        extensions: Map::new(),
    }
}
