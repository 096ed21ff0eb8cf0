//! What an entry `[[route]]` is to the documents of the service.

use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tsk::core::operation::{Content as Media, Location, Parameter};
use tsk::core::{Endpoint, Operation};

use super::{Content, Route, What};

/// What is longer is no example.
const LONGEST_EXAMPLE: usize = 1024;

/// What the entry takes and gives.
pub(super) fn operation(route: &Route) -> Operation {
    let mut operation = Operation::default();
    let (path, kind) = match &route.what {
        What::Directory(..) => {
            directory(&mut operation);
            (format!("{}/{{*rest}}", route.path().trim_end_matches('/')), "Files")
        }
        What::Answer { status, headers, content, .. } => {
            let kind = answer(&mut operation, *status, headers, content);
            (route.path().to_owned(), kind)
        }
    };
    operation.summary = Some(route.written.summary.clone().unwrap_or_else(|| kind.to_owned()));
    operation.parameters = Endpoint::new(None, path).params().iter().map(|name| parameter(name)).collect();
    operation
}

fn parameter(name: &str) -> Parameter {
    let schema = json!({ "type": "string" });
    Parameter { name: name.to_owned(), location: Location::Path, required: true, description: None, schema }
}

fn directory(operation: &mut Operation) {
    operation.respond(200, "The file.").content = Media::of("*/*", json!({}));
    operation.problem(404, "There is no such file.");
}

fn answer(
    operation: &mut Operation,
    status: StatusCode,
    headers: &HeaderMap,
    content: &Content,
) -> &'static str {
    let description = status.canonical_reason().unwrap_or("The answer.");
    let answer = operation.respond(status.as_u16(), description);
    let others = headers.keys().filter(|name| **name != header::CONTENT_TYPE);
    answer.headers.extend(others.map(|name| (name.to_string(), json!({ "type": "string" }))));
    match content {
        Content::Text(text) => {
            let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if let Some(media_type) = media_type.filter(|_| !text.is_empty()) {
                let essence = media_type.split(';').next().unwrap_or_default().trim();
                answer.content = Media::of(essence, schema(essence, text));
            }
            "A fixed answer"
        }
        Content::Redirect(_) => {
            let location = json!({ "type": "string", "format": "uri-reference" });
            answer.headers.insert(header::LOCATION.to_string(), location);
            "A redirect"
        }
    }
}

/// The schema of a content that is always the same.
fn schema(media_type: &str, text: &str) -> Value {
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    let example = if is_json { serde_json::from_str(text).ok() } else { Some(Value::from(text)) };
    let mut schema = if is_json { json!({}) } else { json!({ "type": "string" }) };
    if let Some(example) = example.filter(|_| text.len() <= LONGEST_EXAMPLE) {
        schema["examples"] = json!([example]);
    }
    schema
}
