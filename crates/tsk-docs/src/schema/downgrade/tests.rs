use super::*;

#[track_caller]
fn becomes(from: Value, to: Value) {
    assert_eq!(downgrade(&from), to);
}

#[test]
fn null_is_said_by_nullable() {
    becomes(json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true }));
    becomes(
        json!({ "type": ["string", "null"], "enum": ["a", null] }),
        json!({ "type": "string", "nullable": true, "enum": ["a", null] }),
    );
    becomes(json!({ "type": "null" }), only_null());
    becomes(
        json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }, { "type": "null" }] }),
        json!({ "anyOf": [{ "type": "string", "nullable": true }, { "type": "integer" }] }),
    );
    becomes(
        json!({ "description": "Or not.", "oneOf": [{ "type": "null" }, { "type": "string", "enum": ["a"] }] }),
        json!({ "description": "Or not.", "type": "string", "enum": ["a", null], "nullable": true }),
    );
}

#[test]
fn a_reference_that_may_be_null_is_an_alternative_to_null() {
    becomes(
        json!({ "description": "Whose it is.", "anyOf": [{ "$ref": "#/x" }, { "type": "null" }] }),
        json!({ "description": "Whose it is.", "anyOf": [{ "$ref": "#/x" }, only_null()] }),
    );
}

#[test]
fn what_stands_beside_a_reference_is_one_of_all() {
    becomes(
        json!({ "$ref": "#/x", "description": "Whose it is." }),
        json!({ "allOf": [{ "$ref": "#/x" }], "description": "Whose it is." }),
    );
    becomes(json!({ "$ref": "#/x" }), json!({ "$ref": "#/x" }));
}

#[test]
fn several_types_are_alternatives() {
    becomes(
        json!({ "type": ["array", "integer", "null"] }),
        json!({ "anyOf": [{ "type": "array", "items": {}, "nullable": true }, { "type": "integer" }] }),
    );
}

#[test]
fn a_constant_is_an_enumeration_of_one() {
    becomes(json!({ "const": "card" }), json!({ "enum": ["card"] }));
    becomes(json!({ "const": null }), only_null());
    becomes(
        json!({ "enum": ["a", null] }),
        json!({ "type": "string", "enum": ["a", null], "nullable": true }),
    );
}

#[test]
fn an_exclusive_limit_is_a_flag() {
    becomes(json!({ "exclusiveMinimum": 0 }), json!({ "minimum": 0, "exclusiveMinimum": true }));
    becomes(json!({ "exclusiveMaximum": 9, "maximum": 5 }), json!({ "maximum": 5 }));
    becomes(
        json!({ "exclusiveMaximum": 5, "maximum": 9 }),
        json!({ "maximum": 5, "exclusiveMaximum": true }),
    );
}

#[test]
fn a_tuple_is_an_array_of_any_of_its_members() {
    becomes(
        json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "const": 1 }, { "type": "string" }],
            "items": false, "minItems": 3, "maxItems": 3 }),
        json!({ "type": "array", "items": { "anyOf": [{ "type": "string" }, { "enum": [1] }] },
            "minItems": 3, "maxItems": 3 }),
    );
    becomes(
        json!({ "type": "array", "prefixItems": [{ "type": "string" }], "items": {}, "maxItems": 1 }),
        json!({ "type": "array", "items": { "type": "string" }, "maxItems": 1 }),
    );
    becomes(json!({ "type": "array" }), json!({ "type": "array", "items": {} }));
}

#[test]
fn booleans_are_schemas_in_one_place_only() {
    becomes(
        json!({ "properties": { "any": true, "none": false }, "additionalProperties": false }),
        json!({ "properties": { "any": {}, "none": { "not": {} } }, "additionalProperties": false }),
    );
    becomes(json!(true), json!({}));
}

#[test]
fn properties_by_pattern_are_additional_ones() {
    becomes(
        json!({ "patternProperties": { "^x-": { "type": ["string", "null"] } }, "additionalProperties": false }),
        json!({ "additionalProperties": { "type": "string", "nullable": true } }),
    );
    becomes(json!({ "patternProperties": { "^x-": { "type": "string" } } }), json!({}));
}

#[test]
fn bytes_are_a_format_and_examples_are_one() {
    becomes(
        json!({ "type": "string", "contentMediaType": "application/octet-stream" }),
        json!({ "type": "string", "format": "binary" }),
    );
    becomes(
        json!({ "type": "string", "contentEncoding": "base64", "examples": ["YQ==", "Yg=="] }),
        json!({ "type": "string", "format": "byte", "example": "YQ==" }),
    );
}

#[test]
fn what_cannot_be_said_allows_more_and_never_less() {
    becomes(
        json!({ "type": "object", "propertyNames": { "pattern": "^a" }, "unevaluatedProperties": false,
            "if": { "required": ["a"] }, "then": { "required": ["b"] } }),
        json!({ "type": "object" }),
    );
}

#[test]
fn a_property_called_like_a_keyword_is_a_property() {
    becomes(
        json!({ "properties": { "const": { "const": 1 }, "if": true, "examples": { "type": "array" } } }),
        json!({ "properties": { "const": { "enum": [1] }, "if": {}, "examples": { "type": "array", "items": {} } } }),
    );
}
