//! The JSON Schema of settings that have a text form of their own.
//!
//! A pattern refuses what is plainly wrong; that what it takes is right is for the setting itself to say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Proxy, Socket, text};
use crate::access_log::{Statuses, Target};

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

impl JsonSchema for Socket {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Socket".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(unix:.+|(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5})$",
            "examples": ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "unix:/run/app.sock"],
        })
    }
}

/// What a listener is: an address alone, or `table`.
pub(super) fn or_address(table: &mut Schema) {
    let mut address = Socket::json_schema(&mut SchemaGenerator::default());
    address.insert("description".into(), "The address.".into());
    let description = table.remove("description");
    let mut either = json_schema!({ "anyOf": [address, table.clone()] });
    if let Some(description) = description {
        either.insert("description".into(), description);
    }
    *table = either;
}

/// Stands for a [`Forwarding`](tsk_core::proxies::Forwarding), which knows nothing of schemas.
pub(super) struct Header;

impl JsonSchema for Header {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Forwarding".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["x-forwarded-for", "forwarded", "none"] })
    }
}

impl JsonSchema for Proxy {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Proxy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(unix|[0-9A-Fa-f:.]+(/[0-9]{1,3})?)$",
            "examples": ["10.0.0.0/8", "fd00::/8", "192.0.2.1", "unix"],
        })
    }
}

impl JsonSchema for Statuses {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "pattern": "^[1-9]([0-9]{2}|xx)$" },
                { "type": "integer", "minimum": 100, "maximum": 999 },
            ],
            "examples": ["5xx", 404],
        })
    }
}

impl JsonSchema for Target {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["stdout", "stderr", "/var/log/access.log"] })
    }
}
