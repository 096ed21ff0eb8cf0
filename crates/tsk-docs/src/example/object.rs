//! Objects.

use serde_json::{Map, Value, json};

use super::{generator::Generator, pattern};

/// An object with more members than this is not made.
const LARGEST: usize = 256;

/// An object with what it must have, and with what it may have.
pub(super) fn value(generator: &Generator<'_>, schema: &Map<String, Value>, nth: usize) -> Option<Value> {
    let count =
        |keyword: &str| schema.get(keyword).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    let least = count("minProperties").unwrap_or(0);
    let most = count("maxProperties").unwrap_or(usize::MAX);
    let declared = schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if required.len().max(least) > most.min(LARGEST) {
        return None;
    }

    let mut made = Map::new();
    for name in &required {
        let other = extra(schema);
        let own = declared.and_then(|all| all.get(*name)).unwrap_or(&other);
        made.insert((*name).to_owned(), generator.varied(own, nth)?);
    }
    // By name, because the order of a map depends on who else is in the build.
    let mut optional: Vec<_> = declared.into_iter().flatten().collect();
    optional.sort_by_key(|(name, _)| *name);
    for (name, own) in optional {
        let needed = made.len() < least;
        let is_there = made.contains_key(name) || generator.leaves_out(own);
        if is_there || made.len() >= most || !(needed || generator.wants_optional()) {
            continue;
        }
        if let Some(value) = generator.varied(own, nth) {
            made.insert(name.clone(), value);
        }
    }
    dependents(generator, schema, &mut made, nth)?;

    // Of a map, one entry is shown.
    let is_map = declared.is_none_or(Map::is_empty)
        && ["additionalProperties", "patternProperties"]
            .iter()
            .any(|keyword| schema.get(*keyword).is_some_and(Value::is_object));
    let wanted = least.max(usize::from(is_map && generator.wants_optional())).min(most);
    for number in 0..wanted + 8 {
        if made.len() >= wanted {
            break;
        }
        if let Some((name, value)) = entry(generator, schema, number, nth) {
            made.entry(name).or_insert(value);
        }
    }
    (made.len() >= least).then_some(Value::Object(made))
}

/// What a member without a declaration must be.
fn extra(schema: &Map<String, Value>) -> Value {
    schema.get("additionalProperties").cloned().unwrap_or(json!(true))
}

/// Adds what members that are there ask for.
fn dependents(
    generator: &Generator<'_>,
    schema: &Map<String, Value>,
    made: &mut Map<String, Value>,
    nth: usize,
) -> Option<()> {
    let Some(dependents) = schema.get("dependentRequired").and_then(Value::as_object) else {
        return Some(());
    };
    let declared = schema.get("properties").and_then(Value::as_object);
    loop {
        let missing = dependents
            .iter()
            .filter(|(name, _)| made.contains_key(*name))
            .flat_map(|(_, names)| names.as_array().into_iter().flatten().filter_map(Value::as_str))
            .find(|name| !made.contains_key(*name));
        let Some(name) = missing else { return Some(()) };
        let other = extra(schema);
        let own = declared.and_then(|all| all.get(name)).unwrap_or(&other);
        made.insert(name.to_owned(), generator.varied(own, nth)?);
    }
}

/// A member beyond those that are declared.
fn entry(
    generator: &Generator<'_>,
    schema: &Map<String, Value>,
    number: usize,
    nth: usize,
) -> Option<(String, Value)> {
    let by_pattern = schema.get("patternProperties").and_then(Value::as_object);
    let by_pattern = by_pattern.and_then(|all| all.iter().min_by_key(|(pattern, _)| *pattern));
    let extra = extra(schema);
    if let Some((pattern, own)) = by_pattern
        && !extra.is_object()
    {
        return Some((pattern::value(pattern, 1, usize::MAX, number)?, generator.varied(own, nth)?));
    }
    let name = match schema.get("propertyNames") {
        Some(names) => match generator.value(&json!({ "allOf": [{ "type": "string" }, names] }), number)? {
            Value::String(name) => name,
            _ => return None,
        },
        None if number == 0 => "key".to_owned(),
        None => format!("key{}", number + 1),
    };
    Some((name, generator.varied(&extra, nth)?))
}
