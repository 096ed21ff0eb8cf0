//! Whether a value fits a schema, as far as an example has to know.
//!
//! Patterns and formats are not looked at: what is made for them fits them as it is made. The whole truth is in
//! `jsonschema`, which the tests hold examples against, and `check` does.

use serde_json::{Map, Value};

use super::referred;
use crate::schema::is_empty;

/// How deep references may lead without getting deeper into the value.
const DEPTH: u32 = 64;

pub(super) fn accepts(root: &Value, schema: &Value, value: &Value) -> bool {
    Judge { root }.fits(schema, value, DEPTH)
}

struct Judge<'a> {
    root: &'a Value,
}

impl Judge<'_> {
    fn fits(&self, schema: &Value, value: &Value, depth: u32) -> bool {
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(any) => return *any,
            _ => return true,
        };
        let Some(depth) = depth.checked_sub(1) else { return false };
        self.kind(map, value)
            && self.combined(map, value, depth)
            && match value {
                Value::Number(number) => number.as_f64().is_none_or(|number| in_range(map, number)),
                Value::String(text) => sized(map, "minLength", "maxLength", text.chars().count()),
                Value::Array(items) => self.items(map, items),
                Value::Object(members) => self.members(map, members, depth),
                Value::Null | Value::Bool(_) => true,
            }
    }

    fn kind(&self, map: &Map<String, Value>, value: &Value) -> bool {
        let is = |kind: &Value| match kind.as_str() {
            Some("null") => value.is_null(),
            Some("boolean") => value.is_boolean(),
            Some("string") => value.is_string(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            Some("number") => value.is_number(),
            Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => true,
        };
        let kind = match map.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(is),
            Some(kind) => is(kind),
            None => true,
        };
        kind && map.get("const").is_none_or(|only| same(only, value))
            && map
                .get("enum")
                .and_then(Value::as_array)
                .is_none_or(|all| all.iter().any(|one| same(one, value)))
    }

    fn combined(&self, map: &Map<String, Value>, value: &Value, depth: u32) -> bool {
        let fits = |schema: &Value| self.fits(schema, value, depth);
        let list = |keyword: &str| map.get(keyword).and_then(Value::as_array);
        let referred = match map.get("$ref").and_then(Value::as_str) {
            Some(reference) => referred(self.root, reference).is_some_and(&fits),
            None => true,
        };
        let condition = || match map.get("if") {
            Some(condition) => map.get(if fits(condition) { "then" } else { "else" }).is_none_or(&fits),
            None => true,
        };
        referred
            && list("allOf").is_none_or(|all| all.iter().all(&fits))
            && list("anyOf").is_none_or(|any| any.iter().any(&fits))
            && list("oneOf").is_none_or(|one| one.iter().filter(|schema| fits(schema)).count() == 1)
            && map.get("not").is_none_or(|not| !fits(not))
            && condition()
    }

    fn items(&self, map: &Map<String, Value>, items: &[Value]) -> bool {
        let fits = |schema: &Value, value: &Value| self.fits(schema, value, DEPTH);
        let prefix = map.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let count = |keyword: &str| map.get(keyword).and_then(Value::as_u64);
        let contained = map.get("contains").is_none_or(|schema| {
            let found = items.iter().filter(|item| fits(schema, item)).count() as u64;
            found >= count("minContains").unwrap_or(1)
                && count("maxContains").is_none_or(|most| found <= most)
        });
        let unique = map.get("uniqueItems").is_none_or(|unique| unique != true)
            || (1..items.len()).all(|at| !items[..at].iter().any(|before| same(before, &items[at])));
        sized(map, "minItems", "maxItems", items.len())
            && contained
            && unique
            && prefix.iter().zip(items).all(|(schema, item)| fits(schema, item))
            && map
                .get("items")
                .is_none_or(|schema| items.iter().skip(prefix.len()).all(|item| fits(schema, item)))
    }

    fn members(&self, map: &Map<String, Value>, members: &Map<String, Value>, depth: u32) -> bool {
        let fits = |schema: &Value, value: &Value| self.fits(schema, value, DEPTH);
        let declared = map.get("properties").and_then(Value::as_object);
        let names = |keyword: &str| map.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let additional = |name: &str, value: &Value| {
            // Which names a pattern takes is not known here.
            map.contains_key("patternProperties")
                || declared.is_some_and(|all| all.contains_key(name))
                || map.get("additionalProperties").is_none_or(|schema| fits(schema, value))
        };
        let named = |name: &String| {
            map.get("propertyNames").is_none_or(|schema| fits(schema, &Value::String(name.clone())))
        };
        let dependents = map.get("dependentRequired").and_then(Value::as_object);
        let dependents = dependents.into_iter().flatten().filter(|(name, _)| members.contains_key(*name));
        let schemas = map.get("dependentSchemas").and_then(Value::as_object).filter(|all| !all.is_empty());
        let schemas = schemas.into_iter().flatten().filter(|(name, _)| members.contains_key(*name));
        let whole = || Value::Object(members.clone());
        sized(map, "minProperties", "maxProperties", members.len())
            && names("required").filter_map(Value::as_str).all(|name| members.contains_key(name))
            && members.iter().all(|(name, value)| {
                declared
                    .and_then(|all| all.get(name))
                    .is_none_or(|schema| is_empty(schema) || fits(schema, value))
                    && additional(name, value)
                    && named(name)
            })
            && dependents
                .flat_map(|(_, names)| names.as_array().into_iter().flatten().filter_map(Value::as_str))
                .all(|name| members.contains_key(name))
            && schemas.into_iter().all(|(_, schema)| self.fits(schema, &whole(), depth))
    }
}

/// Whether two values are one: `1` and `1.0` are.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn in_range(map: &Map<String, Value>, number: f64) -> bool {
    let limit = |keyword: &str| map.get(keyword).and_then(Value::as_f64);
    let multiple = |step: f64| {
        let times = number / step;
        (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
    };
    limit("minimum").is_none_or(|low| number >= low)
        && limit("exclusiveMinimum").is_none_or(|low| number > low)
        && limit("maximum").is_none_or(|high| number <= high)
        && limit("exclusiveMaximum").is_none_or(|high| number < high)
        && limit("multipleOf").is_none_or(multiple)
}

fn sized(map: &Map<String, Value>, least: &str, most: &str, size: usize) -> bool {
    let count = |keyword: &str| map.get(keyword).and_then(Value::as_u64);
    count(least).is_none_or(|least| size as u64 >= least)
        && count(most).is_none_or(|most| size as u64 <= most)
}
