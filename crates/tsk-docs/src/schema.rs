//! JSON Schema as plain values: draft 2020-12, as operations bring it.

pub(crate) mod components;
pub(crate) mod discriminator;
pub(crate) mod downgrade;
pub(crate) mod keywords;

/// Where a document has its schemas.
pub(crate) const COMPONENTS: &str = "#/components/schemas/";

use serde_json::Value;

/// The schema of problems (RFC 9457 §3).
pub(crate) fn problem() -> Value {
    serde_json::json!({
        "title": "Problem",
        "description": "What went wrong (RFC 9457).",
        "type": "object",
        "properties": {
            "type": {
                "description": "What kind of problem it is; `about:blank` where the status says it all.",
                "type": "string",
                "format": "uri-reference",
            },
            "title": { "description": "The kind of problem, in words.", "type": "string" },
            "status": { "description": "The status of the answer.", "type": "integer", "minimum": 100, "maximum": 599 },
            "detail": { "description": "What is particular to this occurrence.", "type": "string" },
            "instance": { "description": "What identifies this occurrence.", "type": "string", "format": "uri-reference" },
            "errors": {
                "description": "Each fault of the request, and where it is.",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": { "description": "A JSON Pointer (RFC 6901).", "type": "string" },
                        "detail": { "description": "What is wrong there.", "type": "string" },
                    },
                    "required": ["detail"],
                },
            },
            "request_id": { "description": "Under which the log of the server has more.", "type": "string" },
        },
        "required": ["type", "title", "status"],
    })
}

/// Whether a schema says nothing: `null`, `true` or `{}`.
pub(crate) fn is_empty(schema: &Value) -> bool {
    match schema {
        Value::Null => true,
        Value::Bool(any) => *any,
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
