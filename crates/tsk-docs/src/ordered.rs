//! JSON in one order of its keys, whatever order the map has.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// A document as it is written: the root as people read it, everything below by name.
///
/// The order of `serde_json`'s map depends on a feature that any crate of a build may turn on. The bytes of a document,
/// and so its entity tag, must not.
pub(crate) struct Document<'a>(pub(crate) &'a Map<String, Value>);

/// Any value, its keys by name.
pub(crate) struct Ordered<'a>(pub(crate) &'a Value);

const ROOT: [&str; 8] =
    ["openapi", "info", "jsonSchemaDialect", "servers", "tags", "security", "paths", "components"];

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rank = |key: &str| ROOT.iter().position(|known| *known == key).unwrap_or(ROOT.len());
        let mut members: Vec<_> = self.0.iter().collect();
        members.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
        write(members, serializer)
    }
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                write(members, serializer)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

fn write<S: Serializer>(members: Vec<(&String, &Value)>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(members.len()))?;
    for (key, value) in members {
        map.serialize_entry(key, &Ordered(value))?;
    }
    map.end()
}

/// The value as compact text: equal for equal values.
pub(crate) fn text(value: &Value) -> String {
    serde_json::to_string(&Ordered(value)).expect("a JSON value can be written to memory")
}

/// A number that equal values share, in whatever order their keys are, and that others do not but by a chance of nothing.
pub(crate) fn hash(value: &Value) -> u128 {
    match value {
        Value::Null => of(0, b""),
        Value::Bool(value) => of(1, &[u8::from(*value)]),
        Value::Number(number) => of(2, number.to_string().as_bytes()),
        Value::String(text) => of(3, text.as_bytes()),
        Value::Array(items) => items.iter().fold(of(4, b""), |before, item| pair(before, hash(item))),
        // A sum does not depend on the order, and so nothing has to be sorted.
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| pair(of(5, key.as_bytes()), hash(value)));
            members.fold(of(6, b""), u128::wrapping_add)
        }
    }
}

fn of(kind: u64, bytes: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128_with_seed(bytes, kind)
}

fn pair(first: u128, second: u128) -> u128 {
    let mut both = [0; 32];
    both[..16].copy_from_slice(&first.to_le_bytes());
    both[16..].copy_from_slice(&second.to_le_bytes());
    xxhash_rust::xxh3::xxh3_128(&both)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_order_of_keys_is_that_of_their_names() {
        let value: Value = serde_json::from_str(r#"{"b":{"d":1,"c":[{"f":2,"e":3}]},"a":0}"#).unwrap();
        assert_eq!(text(&value), r#"{"a":0,"b":{"c":[{"e":3,"f":2}],"d":1}}"#);
    }

    #[test]
    fn values_that_differ_have_other_numbers_and_the_order_of_keys_is_no_difference() {
        let of = |text: &str| hash(&serde_json::from_str(text).unwrap());
        assert_eq!(of(r#"{"a":1,"b":[2,3]}"#), of(r#"{"b":[2,3],"a":1}"#));
        let others = [
            "null",
            "0",
            "[]",
            "{}",
            r#""""#,
            "[[]]",
            "[null]",
            r#"{"a":{}}"#,
            r#"["a",{}]"#,
            "[1,2]",
            "[2,1]",
            "false",
            r#""0""#,
        ];
        let distinct: std::collections::BTreeSet<_> = others.iter().map(|text| of(text)).collect();
        assert_eq!(distinct.len(), others.len());
    }

    #[test]
    fn a_document_begins_with_what_it_is() {
        let value: Value =
            serde_json::from_str(r#"{"components":{},"x-a":1,"paths":{},"openapi":"3.1.0"}"#).unwrap();
        let text = serde_json::to_string(&Document(value.as_object().unwrap())).unwrap();
        assert_eq!(text, r#"{"openapi":"3.1.0","paths":{},"components":{},"x-a":1}"#);
    }
}
