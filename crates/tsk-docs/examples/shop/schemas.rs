//! What the shop takes and gives, as a generator of JSON Schema would say it.

use serde_json::{Value, json};

/// The definition with that name, and all definitions beside it.
pub(crate) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "$defs": definitions() })
}

/// A list of what the definition with that name says.
pub(crate) fn list(name: &str) -> Value {
    json!({ "type": "array", "items": { "$ref": format!("#/$defs/{name}") }, "$defs": definitions() })
}

/// What the definition with that name says, once or in a list.
pub(crate) fn one_or_several(name: &str) -> Value {
    let one = json!({ "$ref": format!("#/$defs/{name}") });
    json!({ "anyOf": [one, { "type": "array", "items": one }], "$defs": definitions() })
}

pub(crate) fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid", "description": "What identifies the customer." })
}

pub(crate) fn sku() -> Value {
    json!({ "type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$", "description": "What the product is called." })
}

pub(crate) fn number() -> Value {
    json!({ "type": "integer", "format": "uint64", "minimum": 1, "description": "The number of the order." })
}

/// A file, as a part of a form or as a whole body.
pub(crate) fn bytes() -> Value {
    json!({ "type": "string", "contentMediaType": "application/octet-stream" })
}

fn definitions() -> Value {
    json!({
        "Customer": {
            "description": "Somebody who buys.",
            "type": "object",
            "properties": {
                "id": { "type": "string", "format": "uuid" },
                "name": { "type": "string", "minLength": 1, "maxLength": 80, "examples": ["Ada Lovelace"] },
                "email": { "type": "string", "format": "email" },
                "born": { "type": ["string", "null"], "format": "date" },
                "home": { "anyOf": [{ "$ref": "#/$defs/Address" }, { "type": "null" }], "description": "Where they live." },
                "labels": { "type": "array", "items": { "type": "string" }, "uniqueItems": true, "minItems": 1, "maxItems": 10 },
                "notes": { "type": "object", "additionalProperties": { "type": "string" } },
                "joined": { "type": "string", "format": "date-time", "readOnly": true },
            },
            "required": ["name", "email"],
        },
        "Changes": {
            "description": "What is to be changed; what is not there stays.",
            "type": "object",
            "properties": {
                "name": { "type": "string", "minLength": 1 },
                "home": { "$ref": "#/$defs/Address", "description": "Where they live now." },
            },
            "minProperties": 1,
        },
        "Address": {
            "type": "object",
            "properties": {
                "street": { "type": "string" },
                "city": { "type": "string" },
                "country": { "type": "string", "pattern": "^[A-Z]{2}$", "examples": ["GB"] },
                "at": {
                    "description": "Latitude and longitude.",
                    "type": "array",
                    "prefixItems": [
                        { "type": "number", "minimum": -90, "maximum": 90 },
                        { "type": "number", "minimum": -180, "maximum": 180 },
                    ],
                    "items": false, "minItems": 2, "maxItems": 2,
                },
            },
            "required": ["city", "country"],
        },
        "Product": {
            "type": "object",
            "properties": {
                "sku": { "type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$" },
                "name": { "type": "string" },
                "price": { "$ref": "#/$defs/Money" },
                "stock": { "type": "integer", "format": "uint32", "minimum": 0 },
                "kind": { "$ref": "#/$defs/Kind" },
                "site": { "type": ["string", "null"], "format": "uri" },
            },
            "required": ["sku", "name", "price", "kind"],
        },
        "Kind": { "type": "string", "enum": ["book", "game", "other"] },
        "Money": {
            "type": "object",
            "properties": {
                "amount": { "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01 },
                "currency": { "const": "EUR" },
            },
            "required": ["amount", "currency"],
        },
        "Review": {
            "type": "object",
            "properties": {
                "stars": { "type": "integer", "minimum": 1, "maximum": 5 },
                "text": { "type": "string", "maxLength": 2000 },
            },
            "required": ["stars"],
        },
        "Order": {
            "type": "object",
            "properties": {
                "number": { "type": "integer", "format": "uint64", "minimum": 1, "readOnly": true },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" }, "minItems": 1 },
                "payment": { "$ref": "#/$defs/Payment" },
                "status": { "$ref": "#/$defs/Status" },
                "placed": { "type": "string", "format": "date-time" },
            },
            "required": ["lines", "payment"],
        },
        "Line": {
            "type": "object",
            "properties": {
                "sku": { "type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$" },
                "count": { "type": "integer", "minimum": 1, "maximum": 99, "default": 1 },
            },
            "required": ["sku"],
            "additionalProperties": false,
        },
        "Status": {
            "oneOf": [
                { "const": "placed", "description": "It was placed." },
                { "const": "sent", "description": "It is on its way." },
                { "const": "cancelled", "description": "It will not come." },
            ],
        },
        "Payment": {
            "description": "How it is paid.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": { "by": { "type": "string", "const": "card" }, "number": { "type": "string", "pattern": "^[0-9]{12,19}$" } },
                    "required": ["by", "number"],
                },
                {
                    "type": "object",
                    "properties": { "by": { "type": "string", "const": "bank-transfer" }, "iban": { "type": "string", "minLength": 15, "maxLength": 34 } },
                    "required": ["by", "iban"],
                },
                {
                    "type": "object",
                    "properties": { "by": { "type": "string", "const": "voucher" } },
                    "$ref": "#/$defs/Voucher",
                    "required": ["by"],
                },
            ],
        },
        "Voucher": {
            "type": "object",
            "properties": { "code": { "type": "string", "minLength": 8, "maxLength": 8 } },
            "required": ["code"],
        },
        "Category": {
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "parent": { "anyOf": [{ "$ref": "#/$defs/Category" }, { "type": "null" }] },
                "children": { "type": "array", "items": { "$ref": "#/$defs/Category" } },
            },
            "required": ["name"],
        },
        "Report": {
            "type": "object",
            "properties": {
                "sold": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } },
                "best": { "type": "array", "items": { "type": ["string", "integer", "null"] } },
                "total": { "type": ["number", "null"], "exclusiveMinimum": 0 },
                "raw": true,
            },
            "required": ["sold"],
        },
        "Search": {
            "anyOf": [
                { "type": "object", "properties": { "sku": { "type": "string" } }, "required": ["sku"] },
                { "type": "object", "properties": { "words": { "type": "array", "items": { "type": "string" }, "minItems": 2 } }, "required": ["words"] },
            ],
        },
    })
}
