//! Arrays.

use serde_json::{Map, Value, json};

use super::generator::Generator;

/// A longer array than this is not made.
const LONGEST: u64 = 256;

/// An array of what it must hold, and of one item if it may hold any.
pub(super) fn value(generator: &Generator<'_>, schema: &Map<String, Value>, nth: usize) -> Option<Value> {
    let count = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let least = count("minItems").unwrap_or(0);
    let most = count("maxItems").unwrap_or(u64::MAX);
    if least > most.min(LONGEST) {
        return None;
    }
    let unique = schema.get("uniqueItems").is_some_and(|unique| unique == true);
    let any = Value::Bool(true);
    let rest = schema.get("items").unwrap_or(&any);
    let mut items: Vec<Value> = Vec::new();

    if let Some(contained) = schema.get("contains") {
        let both = json!({ "allOf": [contained, rest] });
        for _ in 0..count("minContains").unwrap_or(1).min(most) {
            items.push(another(generator, &both, &items, unique, nth)?);
        }
    }
    for member in schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten() {
        if items.len() as u64 >= most {
            break;
        }
        match another(generator, member, &items, unique, nth) {
            Some(item) => items.push(item),
            None if items.len() as u64 >= least => return Some(Value::Array(items)),
            None => return None,
        }
    }
    let wanted = least.max(1).min(most);
    while (items.len() as u64) < wanted {
        match another(generator, rest, &items, unique, nth) {
            Some(item) => items.push(item),
            None if items.len() as u64 >= least => break,
            None => return None,
        }
    }
    Some(Value::Array(items))
}

/// An item, and one that is not there yet where all must differ.
fn another(
    generator: &Generator<'_>,
    schema: &Value,
    items: &[Value],
    unique: bool,
    nth: usize,
) -> Option<Value> {
    if !unique {
        return generator.varied(schema, nth);
    }
    let tries = items.len() * 3 + 4;
    (nth..nth + tries).find_map(|nth| generator.value(schema, nth).filter(|item| !items.contains(item)))
}
