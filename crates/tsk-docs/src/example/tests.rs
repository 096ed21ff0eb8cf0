#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn validator(schema: &Value) -> jsonschema::Validator {
    let options =
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
    options.build(schema).unwrap()
}

/// The example that is made, which must fit.
#[track_caller]
fn fitting(schema: Value) -> Value {
    let value = generated(&schema, Side::Any);
    let value = value.unwrap_or_else(|| panic!("no example for {schema}"));
    if let Err(error) = validator(&schema).validate(&value) {
        panic!("{value} does not fit {schema}: {error}");
    }
    value
}

#[test]
fn every_format_has_one_that_is_of_it() {
    for format in [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ] {
        fitting(json!({ "type": "string", "format": format }));
        // Three that differ.
        fitting(
            json!({ "type": "array", "items": { "type": "string", "format": format }, "minItems": 3, "uniqueItems": true }),
        );
    }
}

#[test]
fn text_has_its_length() {
    assert_eq!(fitting(json!({ "type": "string", "minLength": 6 })), "textte");
    assert_eq!(fitting(json!({ "type": "string", "maxLength": 2 })), "te");
    assert_eq!(fitting(json!({ "type": "string", "maxLength": 0 })), "");
    fitting(json!({ "type": "string", "format": "email", "minLength": 30 }));
    fitting(json!({ "type": "string", "format": "uri", "minLength": 50, "maxLength": 50 }));
}

#[test]
fn text_matches_its_pattern() {
    for pattern in [
        "^[A-Z]{3}-[0-9]{4}$",
        "^(foo|bar)+$",
        "^\\d{3}$",
        "[a-f0-9]+",
        "^.*$",
        "^\\S+@\\S+$",
        "^[^a-z]$",
        "a|b",
    ] {
        fitting(json!({ "type": "string", "pattern": pattern }));
    }
    fitting(json!({ "type": "string", "pattern": "^[a-z]+$", "minLength": 12, "maxLength": 12 }));
    fitting(json!({ "type": "string", "pattern": "x", "minLength": 12 }));
    fitting(
        json!({ "type": "array", "items": { "pattern": "^[0-9]{4}$" }, "minItems": 3, "uniqueItems": true }),
    );
}

#[test]
fn a_pattern_of_javascript_alone_has_none() {
    assert_eq!(example(&json!({ "type": "string", "pattern": "^(?=.*[0-9]).{8}$" })), None);
}

#[test]
fn numbers_are_within_their_limits() {
    assert_eq!(fitting(json!({ "type": "integer" })), 1);
    assert_eq!(fitting(json!({ "type": "integer", "maximum": -3 })), -3);
    assert_eq!(fitting(json!({ "type": "integer", "exclusiveMinimum": 4, "multipleOf": 5 })), 5);
    assert_eq!(fitting(json!({ "type": "integer", "minimum": u64::MAX })), u64::MAX);
    assert_eq!(fitting(json!({ "type": "integer", "minimum": 1.5 })), 2);
    for schema in [
        json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001 }),
        json!({ "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01 }),
        json!({ "type": "number", "minimum": 7.3, "maximum": 7.3 }),
        json!({ "type": "number", "maximum": -0.5 }),
        json!({ "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 4, "uniqueItems": true }),
    ] {
        fitting(schema);
    }
}

#[test]
fn of_alternatives_the_first_that_fits_is_taken_and_null_last() {
    assert_eq!(fitting(json!({ "anyOf": [{ "type": "null" }, { "type": "integer" }] })), 1);
    assert_eq!(fitting(json!({ "type": ["null", "boolean"] })), true);
    // A value of the first would fit the second as well.
    let value = fitting(json!({ "oneOf": [
        { "type": "object", "required": ["a"] },
        { "type": "object", "required": ["a", "b"], "properties": { "b": { "const": 2 } } },
    ] }));
    assert_eq!(value, json!({ "a": "anything" }));
    fitting(json!({ "oneOf": [{ "type": "integer" }, { "type": "number", "minimum": 10 }] }));
}

#[test]
fn parts_of_a_whole_hold_together() {
    let value = fitting(json!({
        "$ref": "#/$defs/Named",
        "allOf": [{ "properties": { "age": { "minimum": 18 } }, "required": ["age"] }],
        "properties": { "age": { "type": "integer" } },
        "$defs": { "Named": { "type": "object", "properties": { "name": { "type": "string", "maxLength": 3 } }, "required": ["name"] } },
    }));
    assert_eq!(value, json!({ "age": 18, "name": "tex" }));
}

#[test]
fn what_refers_to_itself_ends() {
    let node = json!({ "type": "object", "properties": {
        "value": { "type": "integer" }, "next": { "$ref": "#/$defs/Node" }, "children": { "type": "array", "items": { "$ref": "#/$defs/Node" } },
        "parent": { "anyOf": [{ "$ref": "#/$defs/Node" }, { "type": "null" }] },
    }, "required": ["parent", "value", "children"] });
    assert_eq!(
        fitting(json!({ "$ref": "#/$defs/Node", "$defs": { "Node": node } })),
        json!({ "value": 1, "children": [], "parent": null })
    );
    assert_eq!(example(&json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/A" } } })), None);
}

#[test]
fn definitions_that_all_refer_to_each_other_take_no_more_than_their_budget() {
    let names: Vec<_> = (0..12).map(|number| format!("N{number}")).collect();
    let properties: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") }))).collect();
    let definition = json!({ "type": "object", "properties": properties });
    let definitions: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), definition.clone())).collect();
    fitting(json!({ "$ref": "#/$defs/N0", "$defs": definitions }));
}

#[test]
fn a_map_has_an_entry_and_a_set_has_no_equals() {
    assert_eq!(
        fitting(json!({ "type": "object", "additionalProperties": { "type": "integer" } })),
        json!({ "key": 1 })
    );
    assert_eq!(
        fitting(
            json!({ "type": "array", "items": { "enum": ["a", "b"] }, "uniqueItems": true, "minItems": 2 })
        ),
        json!(["a", "b"])
    );
    fitting(json!({ "type": "object", "minProperties": 3, "propertyNames": { "pattern": "^[a-z]{2}$" } }));
    fitting(
        json!({ "type": "object", "patternProperties": { "^x-[0-9]$": { "type": "boolean" } }, "additionalProperties": false, "minProperties": 2 }),
    );
    fitting(
        json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "type": "integer" }], "items": false, "minItems": 2 }),
    );
    fitting(
        json!({ "type": "array", "contains": { "const": 7 }, "minItems": 3, "items": { "type": "integer" } }),
    );
    fitting(
        json!({ "type": "object", "properties": { "a": {}, "b": {} }, "dependentRequired": { "a": ["b", "c"] } }),
    );
    fitting(
        json!({ "type": "object", "properties": { "kind": { "enum": ["a", "b"] } }, "required": ["kind"],
        "if": { "properties": { "kind": { "const": "a" } } }, "then": { "required": ["x"] } }),
    );
}

#[test]
fn a_schema_that_allows_nothing_has_none() {
    for schema in [
        json!(false),
        json!({ "type": "integer", "minimum": 2, "maximum": 1 }),
        json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }),
        json!({ "type": "string", "minLength": 3, "maxLength": 2 }),
        json!({ "type": "array", "items": { "type": "boolean" }, "uniqueItems": true, "minItems": 3 }),
        json!({ "type": "array", "minItems": 1_000_000_000 }),
        json!({ "type": "string", "minLength": 1_000_000_000 }),
    ] {
        assert_eq!(example(&schema), None, "{schema}");
    }
}

#[test]
fn a_chosen_example_goes_first_wherever_it_stands() {
    assert_eq!(example(&json!({ "type": "string", "examples": ["chosen"] })), Some("chosen".into()));
    let referred =
        json!({ "$ref": "#/$defs/Name", "$defs": { "Name": { "type": "string", "examples": ["Ada"] } } });
    assert_eq!(example(&referred), Some("Ada".into()));
    let within = json!({ "properties": { "name": { "type": "string", "examples": ["Ada"], "default": "Bob" }, "age": { "default": 7 } } });
    assert_eq!(example(&within), Some(json!({ "name": "Ada", "age": 7 })));
}

#[test]
fn what_one_side_alone_sends_is_not_sent_by_the_other() {
    let schema = json!({ "properties": {
        "id": { "type": "integer", "readOnly": true }, "password": { "type": "string", "writeOnly": true },
    } });
    assert_eq!(of(&schema, Side::Request), Some(json!({ "password": "text" })));
    assert_eq!(of(&schema, Side::Answer), Some(json!({ "id": 1 })));
}

/// Schemas that something fits.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0..20_usize, 0..20_usize)
            .prop_map(|(least, more)| json!({ "type": "string", "minLength": least, "maxLength": least + more })),
        (-50..50_i64, 0..50_i64).prop_map(|(low, more)| json!({ "type": "integer", "minimum": low, "maximum": low + more })),
        (1..9_u64, -50..50_i64).prop_map(|(step, low)| json!({ "type": "integer", "multipleOf": step, "exclusiveMinimum": low })),
        (-50.0..50.0_f64, 0.1..9.0_f64)
            .prop_map(|(low, more)| json!({ "type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + more })),
        prop::sample::select(vec!["date-time", "date", "time", "uuid", "email", "uri", "ipv4", "ipv6", "hostname", "duration"])
            .prop_map(|format| json!({ "type": "string", "format": format })),
        ("[a-z]{1,3}", 1..4_u32, 0..3_u32).prop_map(|(word, least, more)| {
            json!({ "type": "string", "pattern": format!("^{word}[0-9a-f]{{{least},{}}}(-x)?$", least + more) })
        }),
        prop::collection::vec("[a-z]{1,4}", 1..4).prop_map(|values| json!({ "enum": values })),
        any::<i32>().prop_map(|only| json!({ "const": only })),
        Just(json!({ "type": ["boolean", "null"] })),
        Just(json!({ "$ref": "#/$defs/Leaf" })),
        Just(json!({ "anyOf": [{ "$ref": "#/$defs/Node" }, { "type": "null" }] })),
        Just(json!(true)),
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        prop_oneof![
            (prop::collection::btree_map("[a-e]", inner.clone(), 0..5), any::<bool>(), any::<prop::sample::Index>()).prop_map(
                |(properties, closed, at)| {
                    let names: Vec<_> = properties.keys().cloned().collect();
                    let required = if names.is_empty() { names } else { names[..=at.index(names.len())].to_vec() };
                    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": !closed })
                }
            ),
            (inner.clone(), 0..3_u64).prop_map(|(items, least)| json!({ "type": "array", "items": items, "minItems": least })),
            (0..6_u64).prop_map(|least| json!({ "type": "array", "items": { "type": "integer" }, "minItems": least, "uniqueItems": true })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|members| {
                json!({ "type": "array", "minItems": members.len(), "prefixItems": members, "items": false })
            }),
            (inner.clone(), 0..3_u64).prop_map(|(entry, least)| {
                json!({ "type": "object", "additionalProperties": entry, "minProperties": least })
            }),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|any| json!({ "anyOf": any })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|variants| {
                let tagged = |(number, variant)| json!({
                    "type": "object", "properties": { "tag": { "const": number }, "content": variant }, "required": ["tag", "content"],
                });
                json!({ "oneOf": variants.into_iter().enumerate().map(tagged).collect::<Vec<_>>() })
            }),
            (inner.clone(), inner).prop_map(|(first, second)| json!({ "allOf": [
                { "type": "object", "properties": { "first": first }, "required": ["first"] },
                { "properties": { "second": second }, "minProperties": 1 },
            ] })),
        ]
    })
}

proptest! {
    #[test]
    fn every_schema_that_something_fits_has_an_example_that_fits(schema in schemas()) {
        let root = json!({
            "allOf": [schema],
            "$defs": {
                "Leaf": { "type": "string", "minLength": 2, "maxLength": 5 },
                "Node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/Node" }, "leaf": { "$ref": "#/$defs/Leaf" } }, "required": ["leaf"] },
            },
        });
        let value = example(&root);
        prop_assert!(value.is_some(), "no example for {root}");
        let value = value.unwrap();
        prop_assert!(validator(&root).is_valid(&value), "{value} does not fit {root}");
        prop_assert_eq!(example(&root), Some(value), "it is not always the same");
    }
}
