//! The JSON Schema of settings that have a text form of their own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::text;

impl JsonSchema for text::Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const PATTERN: &str = "^(0|\\s*([0-9]+(\\.[0-9]+)?\\s*(nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds|second|secs|sec\
                               |s|minutes|minute|mins|min|m|hours|hour|hrs|hr|h|days|day|d|weeks|week|wks|wk|w|months\
                               |month|M|years|year|yrs|yr|y)\\s*)+)$";
        json_schema!({ "type": "string", "title": "duration", "pattern": PATTERN, "examples": ["30s", "1m 30s", "500ms"] })
    }
}

impl JsonSchema for text::Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const PATTERN: &str = "^[0-9]+(\\.[0-9]+)?\\s*([kKmMgGtTpPeE]?[iI]?[bB]|[kKmMgGtTpPeE][iI]?)?$";
        json_schema!({
            "anyOf": [{ "type": "string", "pattern": PATTERN }, { "type": "integer", "minimum": 0 }],
            "title": "size",
            "examples": ["2 MiB", "64 KiB", 4096],
        })
    }
}
