//! Where a schema has schemas within.

use serde_json::{Map, Value};

/// The value is a schema.
const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// The value is an array of schemas.
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// The value is an object whose values are schemas.
const NAMED: [&str; 5] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// The schema with `change` applied to each that is directly within it.
pub(crate) fn map_children(
    schema: &Map<String, Value>,
    mut change: impl FnMut(&Value) -> Value,
) -> Map<String, Value> {
    let changed = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Array(list) if LIST.contains(&key.as_str()) => list.iter().map(&mut change).collect(),
            Value::Object(named) if NAMED.contains(&key.as_str()) => {
                named.iter().map(|(name, schema)| (name.clone(), change(schema))).collect()
            }
            schema if ONE.contains(&key.as_str()) => change(schema),
            other => other.clone(),
        };
        (key.clone(), value)
    };
    schema.iter().map(changed).collect()
}

/// Calls `see` with each schema directly within, and the steps of a JSON Pointer that lead to it.
pub(crate) fn each_child<'a>(schema: &'a Value, mut see: impl FnMut(&'a Value)) {
    let Value::Object(map) = schema else { return };
    for (key, value) in map {
        match value {
            Value::Array(list) if LIST.contains(&key.as_str()) => list.iter().for_each(&mut see),
            Value::Object(named) if NAMED.contains(&key.as_str()) => named.values().for_each(&mut see),
            schema if ONE.contains(&key.as_str()) => see(schema),
            _ => {}
        }
    }
}

/// The name in a reference to a definition of the same schema, such as `#/$defs/User`.
pub(crate) fn local_name(reference: &str) -> Option<String> {
    let encoded = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"))?;
    Some(unescape(encoded))
}

/// A JSON Pointer's token in a fragment: percent-decoded, then `~1` and `~0` (RFC 6901 §6).
fn unescape(token: &str) -> String {
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_definition_through_both_escapes() {
        assert_eq!(local_name("#/$defs/User").as_deref(), Some("User"));
        assert_eq!(local_name("#/definitions/a~1b~0c").as_deref(), Some("a/b~c"));
        assert_eq!(local_name("#/$defs/Page%3CUser%3E").as_deref(), Some("Page<User>"));
        assert_eq!(local_name("#/$defs/100%").as_deref(), Some("100%"));
        assert_eq!(local_name("other.json#/$defs/User"), None);
    }
}
