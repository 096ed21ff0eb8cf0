//! A schema of OpenAPI 3.1, said in the words of 3.0.
//!
//! OpenAPI 3.0 has a dialect of its own, of an early draft (OpenAPI 3.0.3 §4.7.24). What it has no words for is left out,
//! so that a schema may allow more than it did, and never less.

use serde_json::{Map, Value, json};

use super::keywords;

/// Keywords of 2020-12 that 3.0 does not have, and that nothing in it says.
const UNKNOWN: [&str; 23] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "contains",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The schema in the dialect of 3.0.
pub(crate) fn downgrade(schema: &Value) -> Value {
    let map = match schema {
        Value::Object(map) => map,
        Value::Bool(false) => return json!({ "not": {} }),
        _ => return json!({}),
    };
    let mut map = keywords::map_children(map, |child| match child {
        // Some keywords mean another thing with a boolean: they are looked at below.
        Value::Bool(_) => child.clone(),
        child => downgrade(child),
    });
    map.retain(|keyword, _| !UNKNOWN.contains(&keyword.as_str()));
    one_type(&mut map);
    constant(&mut map);
    without_null(&mut map);
    limits(&mut map);
    tuple(&mut map);
    patterns(&mut map);
    content(&mut map);
    example(&mut map);
    booleans(&mut map);
    beside_reference(map)
}

/// A schema that allows null and nothing else: `nullable` counts only beside a `type` (OpenAPI 3.0.3 §4.7.24.2).
fn only_null() -> Value {
    json!({ "type": "object", "nullable": true, "enum": [null] })
}

/// `type` is one word, and `null` is none: it is said by `nullable`.
fn one_type(map: &mut Map<String, Value>) {
    let kinds = match map.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(Value::String(kind)) if kind == "null" => vec![kind.as_str().into()],
        _ => return,
    };
    let (nulls, mut kinds): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|kind| kind == "null");
    map.remove("type");
    match kinds.len() {
        0 => {
            if let Value::Object(null) = only_null() {
                map.extend(null);
            }
        }
        1 => {
            map.insert("type".into(), kinds.remove(0));
            if !nulls.is_empty() {
                map.insert("nullable".into(), true.into());
            }
        }
        _ => {
            let mut kinds: Vec<_> = kinds.into_iter().map(|kind| complete(json!({ "type": kind }))).collect();
            if !nulls.is_empty() {
                kinds[0]["nullable"] = true.into();
            }
            both(map, "anyOf", Value::Array(kinds));
        }
    }
}

/// Sets a keyword; where it is there already, both must hold.
fn both(map: &mut Map<String, Value>, keyword: &str, value: Value) {
    if map.contains_key(keyword) {
        let all = map.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(json!({ keyword: value }));
        }
    } else {
        map.insert(keyword.into(), value);
    }
}

/// An array says of what, if it is anything.
fn complete(mut schema: Value) -> Value {
    if schema["type"] == "array" && schema.get("items").is_none() {
        schema["items"] = json!({});
    }
    schema
}

fn constant(map: &mut Map<String, Value>) {
    if let Some(only) = map.remove("const") {
        map.entry("enum").or_insert_with(|| json!([only]));
    }
    let Some(Value::Array(values)) = map.get("enum") else { return };
    if !values.contains(&Value::Null) {
        return;
    }
    let is_text = |value: &Value| value.is_string() || value.is_null();
    if values.iter().all(Value::is_null) {
        map.insert("type".into(), "object".into());
    } else if !map.contains_key("type") && values.iter().all(is_text) {
        map.insert("type".into(), "string".into());
    }
    if map.contains_key("type") {
        map.insert("nullable".into(), true.into());
    }
}

/// An alternative that is null alone is said by `nullable` on one that has a type, if there is one.
///
/// On a reference it would mean nothing, and beside one it would not be seen: that null stays an alternative.
fn without_null(map: &mut Map<String, Value>) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = map.get_mut(keyword) else { continue };
        let before = alternatives.len();
        alternatives.retain(|schema| *schema != only_null());
        if alternatives.len() == before {
            continue;
        }
        let typed = alternatives.iter_mut().find(|schema| schema.get("type").is_some());
        let Some(typed) = typed else {
            alternatives.push(only_null());
            continue;
        };
        typed["nullable"] = true.into();
        if let Some(Value::Array(values)) = typed.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        let clashes = |map: &Map<String, Value>, only: &Value| map.keys().any(|key| only.get(key).is_some());
        if alternatives.len() == 1 {
            let only = alternatives.remove(0);
            map.remove(keyword);
            match only {
                Value::Object(only) if !clashes(map, &Value::Object(only.clone())) => map.extend(only),
                only => both(map, "allOf", json!([only])),
            }
        }
    }
}

/// An exclusive limit is a flag on the limit.
fn limits(map: &mut Map<String, Value>) {
    for (limit, exclusive, upper) in
        [("minimum", "exclusiveMinimum", false), ("maximum", "exclusiveMaximum", true)]
    {
        let Some(bound @ Value::Number(_)) = map.remove(exclusive) else { continue };
        let inclusive = map.get(limit).and_then(Value::as_f64);
        let exclusive_bound = bound.as_f64().unwrap_or_default();
        let inclusive_is_tighter =
            inclusive.is_some_and(|at| if upper { at < exclusive_bound } else { at > exclusive_bound });
        if !inclusive_is_tighter {
            map.insert(limit.into(), bound);
            map.insert(exclusive.into(), true.into());
        }
    }
}

/// A tuple is an array of any of its members.
fn tuple(map: &mut Map<String, Value>) {
    if let Some(Value::Array(members)) = map.remove("prefixItems") {
        let most = map.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let rest = map.remove("items").filter(|rest| rest.is_object() && most > members.len() as u64);
        let mut any: Vec<Value> = Vec::new();
        for member in members.iter().map(downgrade).chain(rest) {
            if !any.contains(&member) {
                any.push(member);
            }
        }
        let items = if any.len() == 1 { any.remove(0) } else { json!({ "anyOf": any }) };
        map.insert("items".into(), items);
    }
    if map.get("type").is_some_and(|kind| kind == "array") {
        map.entry("items").or_insert_with(|| json!({}));
    }
}

/// Properties by pattern are additional ones.
fn patterns(map: &mut Map<String, Value>) {
    let Some(Value::Object(patterns)) = map.remove("patternProperties") else { return };
    let mut patterns: Vec<_> = patterns.iter().collect();
    patterns.sort_by_key(|(pattern, _)| *pattern);
    let mut any: Vec<Value> = patterns.into_iter().map(|(_, schema)| downgrade(schema)).collect();
    match map.remove("additionalProperties") {
        Some(Value::Bool(false)) => {}
        Some(schema @ Value::Object(_)) => any.push(schema),
        _ => return,
    }
    let schema = if any.len() == 1 { any.remove(0) } else { json!({ "anyOf": any }) };
    map.insert("additionalProperties".into(), schema);
}

/// Bytes are a format.
fn content(map: &mut Map<String, Value>) {
    let encoding = map.remove("contentEncoding");
    let media_type = map.remove("contentMediaType");
    if map.get("type").is_some_and(|kind| kind == "string") {
        if encoding.is_some_and(|coding| coding == "base64" || coding == "base64url") {
            map.entry("format").or_insert_with(|| "byte".into());
        } else if media_type.is_some_and(|media_type| media_type == "application/octet-stream") {
            map.entry("format").or_insert_with(|| "binary".into());
        }
    }
}

/// There is one example, and not several.
fn example(map: &mut Map<String, Value>) {
    if let Some(Value::Array(mut examples)) = map.remove("examples")
        && !examples.is_empty()
    {
        map.entry("example").or_insert_with(|| examples.remove(0));
    }
}

/// A boolean is a schema in `additionalProperties` alone.
fn booleans(map: &mut Map<String, Value>) {
    let extra = map.remove("additionalProperties");
    *map = keywords::map_children(map, |child| match child {
        Value::Bool(_) => downgrade(child),
        child => child.clone(),
    });
    if let Some(extra) = extra {
        map.insert("additionalProperties".into(), extra);
    }
}

/// What stands beside a reference is not seen: the reference becomes one of `allOf`.
fn beside_reference(mut map: Map<String, Value>) -> Value {
    if map.len() > 1
        && let Some(reference) = map.remove("$ref")
    {
        let all = map.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.insert(0, json!({ "$ref": reference }));
        }
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests;
